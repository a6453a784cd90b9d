"""The tables as SQLModel classes, one file for each subject.

The key of every table that grows begins with ``site_id``, so that a store can be sharded by site.
"""
# ruff: noqa: E402 - the naming convention must be set before the first table is defined

from sqlalchemy import MetaData
from sqlmodel import SQLModel

NAMES = {  # so that a migration can name an index or a key on every database
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMES
SQLModel.model_config["defer_build"] = True  # Pydantic's validators: only the tables are used, and no object is made
metadata: MetaData = SQLModel.metadata

from db.models.admin_tables import (
    Admin,
    AdminSite,
    ApplicationPassword,
    Invitation,
    Passkey,
    SavedView,
    SecondFactor,
    Session,
)
from db.models.api_tables import ApiToken, StoredAnswer
from db.models.comment_tables import (
    AuthorChange,
    Bucket,
    Comment,
    Decision,
    KnownName,
    Page,
    RecentPost,
    Site,
    Spent,
    Status,
    WordpressPost,
)
from db.models.import_tables import ImportRun
from db.models.log_tables import LogContent, LogEntry, LogHead
from db.models.mail_tables import (
    AdminMailbox,
    MailWish,
    Notice,
    Outbox,
    Subscription,
)
from db.models.page_address_tables import MovedComment, PageAlias, PageChange
from db.models.report_tables import KeptComment, Report
from db.models.spam_tables import (
    CheckedComment,
    Sighting,
    SiteBlock,
    SpamModel,
    SpamSetting,
    SpamVote,
    UsageDay,
    VoteSource,
)
from db.models.store_tables import Lease, MoveMark
from db.models.webhook_tables import Webhook, WebhookAttempt, WebhookDelivery

__all__ = [
    "NAMES",
    "Admin",
    "AdminMailbox",
    "AdminSite",
    "ApiToken",
    "ApplicationPassword",
    "AuthorChange",
    "Bucket",
    "CheckedComment",
    "Comment",
    "Decision",
    "ImportRun",
    "Invitation",
    "KeptComment",
    "KnownName",
    "Lease",
    "LogContent",
    "LogEntry",
    "LogHead",
    "MailWish",
    "MoveMark",
    "MovedComment",
    "Notice",
    "Outbox",
    "Page",
    "PageAlias",
    "PageChange",
    "Passkey",
    "RecentPost",
    "RefusalDay",
    "Report",
    "SavedView",
    "SecondFactor",
    "Session",
    "Sighting",
    "Site",
    "SiteBlock",
    "SpamModel",
    "SpamSetting",
    "SpamVote",
    "Spent",
    "Status",
    "StoredAnswer",
    "Subscription",
    "UsageDay",
    "VoteSource",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
    "WordpressPost",
    "metadata",
]
