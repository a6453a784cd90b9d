"""Every operation of the API on one screen. Routes and document are made of this table, and of nothing else."""

from service.api_tokens import Scope
from service.protocols.api import (
    decisions_and_log,
    moderated_comments,
    pages_resource,
    public_comments,
    public_posting,
    reports_resource,
    sites_resource,
    spam_resource,
    statistics_resource,
    tokens_resource,
    webhooks_resource,
)
from service.protocols.api.comment_shapes import (
    CommentChange,
    ModeratedComment,
    NewComment,
    NewPublicComment,
    PublicComment,
)
from service.protocols.api.common_shapes import NoBody, NoQuery
from service.protocols.api.decisions_and_log import Decided, Decision, Log, LogQuery
from service.protocols.api.moderated_shapes import (
    CommentList,
    CommentListQuery,
    FilterQuery,
    NewReply,
    StatusCounts,
)
from service.protocols.api.operation import AnyOperation
from service.protocols.api.operation import Operation as Op
from service.protocols.api.pages_resource import Page, PageChange, PageList, PageQuery
from service.protocols.api.public_posting import PostedComment
from service.protocols.api.public_shapes import (
    CountedPages,
    Counts,
    LangQuery,
    Popular,
    PopularQuery,
    PublicList,
    PublicListQuery,
    Question,
    QuestionQuery,
)
from service.protocols.api.reports_resource import ReportList
from service.protocols.api.sites_resource import MadeSite, NewSite, Site, SiteChange, SiteList, SiteRemoval
from service.protocols.api.spam_resource import CheckedComment, CheckVerdict, TaughtComment, Thanks
from service.protocols.api.statistics_resource import Statistics, StatisticsQuery
from service.protocols.api.tokens_resource import MadeToken, Me, TokenList, TokenWish
from service.protocols.api.webhooks_resource import (
    Attempt,
    MadeWebhook,
    MessageList,
    MessageQuery,
    NewWebhook,
    Replayed,
    Webhook,
    WebhookChange,
    WebhookList,
    WebhookQuery,
)

_public, _post, _mod = public_comments, public_posting, moderated_comments
_pages, _sites, _hooks, _tokens = pages_resource, sites_resource, webhooks_resource, tokens_resource
_COMMENT, _PIN = "/comments/{id}", "/comments/{id}/pin"

# fmt: off
OPERATIONS: tuple[AnyOperation, ...] = (
    # what readers do, without a token
    Op("GET", "/public/comments", None, PublicListQuery, NoBody, PublicList, _public.list_published),
    Op("POST", "/public/comments", None, NoQuery, NewPublicComment, PostedComment, _post.post_published, 201),
    Op("GET", "/public/comments/{id}", None, LangQuery, NoBody, PublicComment, _public.read_published),
    Op("GET", "/public/question", None, QuestionQuery, NoBody, Question, _public.ask_question),
    Op("POST", "/public/counts", None, NoQuery, CountedPages, Counts, _public.count_published, alters=False),
    Op("GET", "/public/popular", None, PopularQuery, NoBody, Popular, _public.list_popular),
    # moderation
    Op("GET", "/comments", Scope.COMMENTS_READ, CommentListQuery, NoBody, CommentList, _mod.list_moderated),
    Op("POST", "/comments", Scope.COMMENTS_POST, NoQuery, NewComment, ModeratedComment, _mod.post_comment, 201),
    Op("GET", _COMMENT, Scope.COMMENTS_READ, NoQuery, NoBody, ModeratedComment, _mod.read_comment),
    Op("PATCH", _COMMENT, Scope.COMMENTS_MODERATE, NoQuery, CommentChange, ModeratedComment, _mod.change_comment,
       if_match=True),
    Op("DELETE", _COMMENT, Scope.COMMENTS_MODERATE, NoQuery, NoBody, None, _mod.remove_comment_for_good, 204,
       if_match=True),
    Op("POST", "/comments/{id}/replies", Scope.COMMENTS_MODERATE, NoQuery, NewReply, ModeratedComment,
       _mod.reply_to_comment, 201),
    Op("GET", "/comments/{id}/reports", Scope.COMMENTS_READ, NoQuery, NoBody, ReportList,
       reports_resource.list_reports),
    Op("PUT", _PIN, Scope.COMMENTS_MODERATE, NoQuery, NoBody, None, _mod.pin, 204),
    Op("DELETE", _PIN, Scope.COMMENTS_MODERATE, NoQuery, NoBody, None, _mod.unpin, 204),
    Op("GET", "/counts", Scope.COMMENTS_READ, FilterQuery, NoBody, StatusCounts, _mod.count_moderated),
    Op("POST", "/decisions", Scope.COMMENTS_MODERATE, NoQuery, Decision, Decided, decisions_and_log.decide),
    Op("POST", "/decisions/{id}/undo", Scope.COMMENTS_MODERATE, NoQuery, NoBody, Decided,
       decisions_and_log.undo_decision),
    Op("GET", "/log", Scope.COMMENTS_READ, LogQuery, NoBody, Log, decisions_and_log.list_log),
    # pages, sites, webhooks
    Op("GET", "/pages", Scope.PAGES_READ, PageQuery, NoBody, PageList, _pages.list_pages_of_sites),
    Op("GET", "/pages/{id}", Scope.PAGES_READ, NoQuery, NoBody, Page, _pages.read_page),
    Op("PATCH", "/pages/{id}", Scope.PAGES_WRITE, NoQuery, PageChange, Page, _pages.change_page, if_match=True),
    Op("GET", "/sites", Scope.SITES_READ, NoQuery, NoBody, SiteList, _sites.list_sites),
    Op("POST", "/sites", Scope.SITES_WRITE, NoQuery, NewSite, MadeSite, _sites.add_site, 201, secret=True),
    Op("GET", "/sites/{id}", Scope.SITES_READ, NoQuery, NoBody, Site, _sites.read_site),
    Op("PATCH", "/sites/{id}", Scope.SITES_WRITE, NoQuery, SiteChange, Site, _sites.change_site, if_match=True),
    Op("DELETE", "/sites/{id}", Scope.SITES_WRITE, NoQuery, SiteRemoval, None, _sites.remove_site_for_good, 204,
       if_match=True),
    Op("GET", "/webhooks", Scope.WEBHOOKS_READ, WebhookQuery, NoBody, WebhookList, _hooks.list_webhooks),
    Op("POST", "/webhooks", Scope.WEBHOOKS_WRITE, NoQuery, NewWebhook, MadeWebhook, _hooks.add_webhook, 201,
       secret=True),
    Op("GET", "/webhooks/{id}", Scope.WEBHOOKS_READ, NoQuery, NoBody, Webhook, _hooks.read_webhook),
    Op("PATCH", "/webhooks/{id}", Scope.WEBHOOKS_WRITE, NoQuery, WebhookChange, Webhook, _hooks.change_webhook,
       if_match=True),
    Op("DELETE", "/webhooks/{id}", Scope.WEBHOOKS_WRITE, NoQuery, NoBody, None, _hooks.remove_webhook, 204),
    Op("POST", "/webhooks/{id}/test", Scope.WEBHOOKS_WRITE, NoQuery, NoBody, Attempt, _hooks.try_webhook),
    Op("POST", "/webhooks/{id}/replay", Scope.WEBHOOKS_WRITE, NoQuery, NoBody, Replayed, _hooks.replay_webhook),
    Op("GET", "/webhooks/{id}/messages", Scope.WEBHOOKS_READ, MessageQuery, NoBody, MessageList, _hooks.list_messages),
    # the spam check, and its numbers
    Op("POST", "/check", Scope.SPAM_CHECK, NoQuery, CheckedComment, CheckVerdict, spam_resource.check_comment,
       takes_key=True),
    Op("POST", "/learn", Scope.SPAM_CHECK, NoQuery, TaughtComment, Thanks, spam_resource.teach_comment,
       takes_key=True),
    Op("GET", "/statistics", Scope.STATISTICS_READ, StatisticsQuery, NoBody, Statistics,
       statistics_resource.read_statistics),
    # tokens
    Op("GET", "/me", None, NoQuery, NoBody, Me, _tokens.read_me, any_token=True),
    Op("GET", "/tokens", Scope.TOKENS_READ, NoQuery, NoBody, TokenList, _tokens.list_tokens),
    Op("POST", "/tokens", Scope.TOKENS_WRITE, NoQuery, TokenWish, MadeToken, _tokens.make_token, 201, secret=True),
    Op("DELETE", "/tokens/{id}", Scope.TOKENS_WRITE, NoQuery, NoBody, None, _tokens.revoke_token, 204),
)
# fmt: on
