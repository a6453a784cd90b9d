"""``/statistics``: accuracy of a site's spam filter, and other numbers."""

from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import Connection

from service.comments.admin_counts import counts
from service.comments.comment_filter import CommentFilter
from service.protocols.akismet.verdicts_and_usage import usage
from service.protocols.api.api_call import ApiAnswer, Call, must_see, not_here
from service.protocols.api.common_shapes import Days, NoBody, QuerySite, Shape
from service.protocols.api.moderated_shapes import StatusCounts
from service.spam.check_accuracy import busiest_rules, judged_votes, measure
from service.spam.learning.moderator_votes import read_votes

_VOTES_READ = 3_000


class StatisticsQuery(Shape):
    """``days``: how many days of the check key's use."""

    site: QuerySite
    days: Days = 30


class SpamAccuracy(Shape):
    """Of the newest 200 decided comments: spam held or filed (``caught``) or published (``missed``), legitimate ones
    held or filed (``wronged``) or published (``passed``)."""

    caught: int
    missed: int
    wronged: int
    passed: int
    precision: float | None
    recall: float | None


class RuleUse(Shape):
    """Number of these comments that a rule matched; in ``trial`` of them as a test, without points."""

    symbol: str
    spam: int
    honest: int
    trial: int


class DayOfChecks(Shape):
    """Checks and corrections by the check key on a day."""

    day: str
    spam: int
    ham: int
    missed_spam: int
    false_positives: int


class Statistics(Shape):
    """``captcha_level``: 1 to 4, for clients without failures."""

    comments: StatusCounts
    accuracy: SpamAccuracy
    rules: list[RuleUse]
    captcha_level: int
    checks: list[DayOfChecks]


async def read_statistics(call: Call[StatisticsQuery, NoBody]) -> ApiAnswer:
    """The numbers of a site: comments by status, accuracy of the spam filter, captcha level, use of the check key."""
    context, site = call.context, must_see(call, call.query.site)
    if site not in (await context.sites()).ids:
        not_here()
    since = f"{call.now - timedelta(days=call.query.days - 1):%Y-%m-%d}"
    context.levels.sync(site, call.now.timestamp())

    def read(connection: Connection) -> Statistics:
        policy = context.spam.sites.of(connection, site).policy
        judged = judged_votes(read_votes(connection, site, _VOTES_READ))
        accuracy = measure(judged, policy.hold)
        numbers = counts(connection, CommentFilter(site=site))
        days = usage(connection, site, since).items()
        return Statistics(
            comments=StatusCounts.of(numbers),
            accuracy=SpamAccuracy(**asdict(accuracy), precision=accuracy.precision, recall=accuracy.recall),
            rules=[RuleUse(**asdict(hits)) for hits in busiest_rules(judged)],
            captcha_level=policy.level(context.levels.level(site, call.now.timestamp())),
            checks=[DayOfChecks(day=day, **asdict(used)) for day, used in days],
        )

    return ApiAnswer(await context.search(read))
