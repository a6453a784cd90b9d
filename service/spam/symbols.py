"""Every symbol of the check, what it is called, and the points it has at most. A test compares it with the rules."""

from collections.abc import Iterable

SYMBOLS: dict[str, tuple[str, float]] = {
    "honeypot": ("A hidden field was filled in", 6),
    "haste": ("Sent faster than anybody types", 2.5),
    "links": ("Many links", 4),
    "shortener": ("A shortened link", 2),
    "bare_ip": ("A link to a bare number", 2),
    "user_in_link": ("A link that pretends to lead elsewhere", 2),
    "homograph": ("A linked name that looks like another", 4),
    "link_in_name": ("The name is a web address", 2.5),
    "only_a_link": ("A link and nothing else", 3),
    "bbcode": ("Forum markup", 4),
    "html": ("Links or scripts in HTML", 3),
    "injection": ("Commands for a server", 6),
    "template": ("Leftovers of a spam program", 4),
    "hidden_characters": ("Invisible characters", 3),
    "piled_marks": ("Piled-up marks", 2),
    "mixed_scripts": ("Words of mixed alphabets", 3),
    "styled_letters": ("Mathematical letters", 2),
    "words_hold": ("The list that holds", 4.5),
    "words_spam": ("The list of spam", 6),
    "words_trial": ("The list on trial", 4.5),
    "disposable_email": ("A throw-away email address", 1.5),
    "foreign_script": ("Another script than the page's", 2),
    "near_duplicate": ("Nearly the same, many times", 6),
    "spam_again": ("Nearly the same was spam", 5),
    "bad_host": ("Spam linked there before", 5),
    "bad_email": ("Spam came from the address before", 4),
    "bad_network": ("Spam came from the network before", 2),
    "known_author": ("An author with a proof", -2),
    "model": ("What the text reads like", 6),
}


def refuse_unknown(symbols: Iterable[str]) -> None:
    """Raise ValueError for the first name that belongs to no rule."""
    for symbol in symbols:
        if symbol not in SYMBOLS:
            raise ValueError(f"REPLY_SPAM_WEIGHTS: the spam check has no rule “{symbol}”")
