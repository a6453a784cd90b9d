"""What each command does in one sentence, for the help, which is shown without loading them."""

SUMMARIES = {
    "serve": "Run the service.",
    "get": "Print the answer to one GET request.",
    "import": "Import comments from another system.",
    "export": "Write a site's comments to a file.",
    "backup": "Copy the database to FILE while the service runs.",
    "restore": "Check FILE and make it the database.",
    "move": "Copy everything to another database while the service runs.",
    "doctor": "Check the form on a page and say what to fix.",
    "train": "Train the classifier with labelled comments.",
    "site": "Sites whose pages can have comments.",
    "mail": "Test mail delivery.",
    "webhook": "Webhooks, which send comments to other programs.",
    "imports": "Past imports, and how to undo them.",
    "admin": "Admins and their roles.",
    "token": "Tokens for programs that use the JSON API.",
    "privacy": "Data stored about readers.",
    "secret": "The secret that signs tokens.",
}
"""Command, or group of commands, → its summary, in the order of the help."""
