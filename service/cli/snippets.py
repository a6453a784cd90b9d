"""What an owner pastes into pages, as text for a terminal."""

from service.sites import AddedSite


def for_new_site(site: AddedSite, public_url: str) -> str:
    """The site's keys and secret, and its snippets, as text for a terminal."""
    return f"""\
{site.origin} is registered: all its pages can have comments.

  key         {site.key}
  check key   {site.check_key}
  secret      {site.secret}

The key is public and appears in pages. Programs that use the spam filter need the check key; those that use the
captcha need the secret. Save the check key and the secret now: they are not shown again.

{to_paste(site.origin, public_url)}"""


def to_paste(origin: str, public_url: str) -> str:
    """The snippets that embed comments into a page of ``origin``."""
    return _SNIPPETS.format(public_url=public_url, page=f"{origin}/your-article")


_SNIPPETS = """\
Paste one of these where the comments should appear.

1. Script. Works on any page and takes on its styles:

   <script src="{public_url}/embed.js" async></script>
   <leave-a-reply>
     <a href="{public_url}/page?page={page}&amp;title=Your+article">Read and write comments</a>
   </leave-a-reply>

2. Frame. Isolated from your page; with the script as well, its height adjusts automatically:

   <iframe src="{public_url}/page?frame=1&amp;page={page}&amp;title=Your+article"
           data-leave-a-reply title="Comments" width="100%" height="900" style="border: 0"></iframe>

3. Server-side include. No JavaScript at all; nginx with `ssi on`:

   <link rel="stylesheet" href="{public_url}/embed.css">
   <!--#include virtual="/comments-thread?page={page}" -->

   location = /comments-thread {{
       internal;
       proxy_pass {public_url}/thread;
       proxy_pass_request_headers off;
       proxy_set_header X-Forwarded-For $remote_addr;
       proxy_set_header Accept-Language $http_accept_language;
   }}

4. Plain form. For static and cached pages; the question comes in a second step:

   <form action="{public_url}/comments" method="post" accept-charset="utf-8">
     <input type="hidden" name="page" value="{page}">
     <input type="hidden" name="title" value="Your article">
     <p><label>Comment *<br><textarea name="comment" rows="8" cols="45" required></textarea></label></p>
     <p><label>Name *<br><input name="author" autocomplete="name" required></label></p>
     <p><label>Email *<br><input name="email" inputmode="email" autocomplete="email" required></label></p>
     <p><label>Website<br><input name="url" inputmode="url" autocomplete="url"></label></p>
     <p><button>Post Comment</button></p>
   </form>
"""
