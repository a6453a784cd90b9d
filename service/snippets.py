"""What a site owner pastes: four ways to put the form into a page."""

from service.sites import NewSite


def for_new_site(site: NewSite, public_url: str) -> str:
    """The site's keys and secret, and the snippets, as text for a terminal."""
    return f"""\
{site.origin} is registered: every page of it may carry comments.

  key         {site.key}
  check key   {site.check_key}
  secret      {site.secret}

The key stands in pages. Programs that ask the spam check need the check key, those that ask the captcha the secret.
Keep the check key and the secret: they are not shown again.

{to_paste(site.origin, public_url)}"""


def to_paste(origin: str, public_url: str) -> str:
    """The snippets alone."""
    page = f"{origin}/your-article"
    return f"""\
Paste one of these where the comments should stand.

1. Script. Works in any page, styled by your own CSS:

   <script src="{public_url}/embed.js" async></script>
   <leave-a-reply>
     <a href="{public_url}/page?page={page}">Read and write comments</a>
   </leave-a-reply>

2. Frame. Keeps your page and ours apart; it sizes itself if you add the script as well:

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

4. Plain form. For static and cached pages; the question is asked in one more step:

   <form action="{public_url}/comments" method="post">
     <input type="hidden" name="page" value="{page}">
     <input type="hidden" name="title" value="Your article">
     <p><label>Comment *<br><textarea name="comment" rows="8" cols="45" required></textarea></label></p>
     <p><label>Name *<br><input name="author" autocomplete="name" required></label></p>
     <p><label>Email *<br><input name="email" type="email" autocomplete="email" required></label></p>
     <p><label>Website<br><input name="url" type="url" autocomplete="url"></label></p>
     <p><button>Post Comment</button></p>
   </form>
"""
