"""The sentences that say why a comment was held or filed. They are stored with it in English, and the admin pages
translate them (``service.web.admin.reason_words``)."""

from enum import StrEnum

from service.language import N_


class ReasonSentence(StrEnum):
    """Each may have placeholders. A changed sentence is no longer translated in comments that have the old one."""

    HELD_LINKS = N_("The text contains %(number)s links.")
    SHORTENED = N_("A shortened link hides where it leads: %(host)s.")
    BARE_NUMBER = N_("A link leads to an IP address instead of a name.")
    USER_IN_LINK = N_("A link pretends to lead elsewhere by a name before an @.")
    HOMOGRAPH = N_("The name of a linked site mixes alphabets to look like another.")
    NAME_IS_ADDRESS = N_("The name is a web address.")
    ONLY_A_LINK = N_("The text is a link and nothing else.")
    WEBSITE_ARTICLE = N_("The website leads to a single article, not to anybody's site.")

    FORUM_MARKUP = N_("The text has forum markup such as [url].")
    HTML_SCRIPTS = N_("The text has scripts or frames in HTML.")
    HTML_LINKS = N_("The text has links in HTML.")
    COMMANDS = N_("The text tries to run commands on a server.")
    PLACEHOLDERS = N_("Placeholders of a spam program were left in the text.")
    VARIANTS = N_("The text contains variants to choose from, as {one|another}.")
    HIDDEN = N_("Invisible or direction-changing characters are hidden in it.")
    PILED_MARKS = N_("Many accents are stacked on letters.")
    MIXED_WORDS = N_("%(number)s words mix alphabets to look like other words.")
    MIXED_WORD = N_("A word mixes alphabets to look like another.")
    STYLED = N_("Words are written in mathematical or circled letters.")
    ROW_OF_LETTERS = N_("The text is a row of letters.")
    ONE_WORD = N_("The text is one word, and nothing of the author was approved before.")
    OTHER_SCRIPT = N_("The text is in another script than the page: %(script)s.")
    OTHER_LANGUAGE = N_("The text is in another language than the page: %(language)s.")
    BROKEN_LINES = N_("Lines are broken in the middle of sentences, as spam programs do.")
    FOREIGN_NAME = N_("The name is in another script or language than the page.")
    TITLE_WORDS = N_("It repeats words of the page's title: %(words)s.")

    HOLD_WORDS = N_("It matches the words to hold: %(entries)s.")
    SPAM_WORDS = N_("It matches the spam words: %(entries)s.")
    TEST_WORDS = N_("It matches the test words: %(entries)s.")
    THROW_AWAY = N_("The email address belongs to a service for throw-away addresses.")

    NEARLY_THE_SAME = N_("Nearly the same was posted %(number)s times in 30 days.")
    SAME_WITH_LINK = N_("The same was posted %(number)s times within an hour, with a link.")
    SAME_IN_AN_HOUR = N_("The same was posted %(number)s times within an hour.")
    MARKED_BEFORE = N_("Nearly the same was marked as spam by a moderator.")
    FILED_BEFORE = N_("Nearly the same was filed as spam before.")
    BLOCKED = N_("A moderator has blocked %(parts)s.")
    BAD_HOST = N_("Spam linked to %(host)s before.")
    BAD_EMAIL = N_("Spam came with this email address before.")
    BAD_NETWORK = N_("Spam came from this network within the last few days.")
    BROUGHT = N_("%(number)s other authors linked to %(host)s within a day.")
    BROUGHT_ANYWHERE = N_("%(number)s other authors linked to %(host)s on sites of this service within a day.")
    KNOWN_AUTHOR = N_("The author has an approved comment from the same browser.")
    HONEYPOT = N_("A field that people cannot see was filled in.")
    HASTE = N_("The form was sent after %(seconds)s seconds.")
    NO_SCRIPT = N_("The form was sent by something that runs no scripts.")
    UNTOUCHED = N_("The form was sent without a key, a click or a touch.")

    READS_LIKE_SPAM = N_("The text reads like spam.")
    READS_HONEST = N_("The text reads like an honest comment.")
    NOTHING_KNOWN = N_("Earlier comments could not be looked up, so a moderator has to decide.")
    RULE_FAILED = N_("The rule “%(name)s” failed, so a moderator has to decide.")
    ON_TRIAL = N_("Test rule, not counted (%(points)s): %(sentence)s")

    NAME_TAKEN = N_("The name belongs to a returning author, and this is another browser.")
    NO_WORK = N_("At this captcha level the browser should have done a proof of work, and did not.")
    REVIEW = N_("The author could not answer the question and asked for review.")
    MODERATION = N_("Every comment waits for approval here.")
    NEWCOMER = N_("A newcomer: no approved comment from the same browser.")
    NEWCOMERS_WAIT = N_(
        "A newcomer: no approved comment from the same browser. At the current captcha level, newcomers are held."
    )
    HELD_BEFORE = N_("It was pending when its author edited it.")
    REPORTED = N_("%(number)s readers reported it: %(reports)s.")


BY_SENDER = N_("its network address or program")
"""What a list of words may match besides its entries."""

BLOCKED_PARTS = {
    "author": N_("its name"),
    "email": N_("its email address"),
    "network": N_("its network"),
    "host": N_("a host"),
    "word": N_("a word"),
}
"""What a moderator may have blocked."""
