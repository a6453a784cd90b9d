"""The tables of ``db.models`` for SQLAlchemy Core, which reads lists and inserts rows twice as fast as the ORM."""

from sqlalchemy import Table

from db import models

_tables = models.metadata.tables

site: Table = _tables["site"]
page: Table = _tables["page"]
comment: Table = _tables["comment"]
spent: Table = _tables["spent"]
recent: Table = _tables["recent"]
decision: Table = _tables["decision"]
admin: Table = _tables["admin"]
session: Table = _tables["session"]
sighting: Table = _tables["sighting"]
spam_setting: Table = _tables["spam_setting"]
spam_model: Table = _tables["spam_model"]
bucket: Table = _tables["bucket"]
wordpress_post: Table = _tables["wordpress_post"]
spam_vote: Table = _tables["spam_vote"]
author_change: Table = _tables["author_change"]
known_name: Table = _tables["known_name"]
subscription: Table = _tables["subscription"]
outbox: Table = _tables["outbox"]
application_password: Table = _tables["application_password"]
api_token: Table = _tables["api_token"]
stored_answer: Table = _tables["stored_answer"]
admin_site: Table = _tables["admin_site"]
invitation: Table = _tables["invitation"]
second_factor: Table = _tables["second_factor"]
saved_view: Table = _tables["saved_view"]
log_entry: Table = _tables["log_entry"]
log_content: Table = _tables["log_content"]
log_head: Table = _tables["log_head"]
webhook: Table = _tables["webhook"]
webhook_delivery: Table = _tables["webhook_delivery"]
webhook_attempt: Table = _tables["webhook_attempt"]

checked: Table = _tables["checked"]
usage_day: Table = _tables["usage_day"]
lease: Table = _tables["chore"]
move_mark: Table = _tables["moved"]
