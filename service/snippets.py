"""What a site owner pastes: four ways to put the form into a page."""

from service.sites import NewSite


def for_site(site: NewSite, public_url: str) -> str:
    """The site's keys and secret, and the snippets, as text for a terminal."""
    page = f"{site.origin}/your-article"
    return f"""\
{site.origin} is registered.

  key         {site.key}
  check key   {site.check_key}
  secret      {site.secret}

The key stands in pages. Programs that ask the spam check need the check key, those that ask the captcha the secret.
Keep both: they are not shown again.

Paste one of these where the comments should stand.

1. Script. Works in any page, styled by your own CSS:

   <script src="{public_url}/embed.js" async></script>
   <leave-a-reply></leave-a-reply>

2. Frame. Keeps your page and ours apart; it sizes itself if you add the script as well:

   <iframe src="{public_url}/page?frame=1&amp;page={page}"
           data-leave-a-reply title="Comments" width="100%" height="900"></iframe>

3. Server-side include. No JavaScript at all; nginx with `ssi on`:

   <link rel="stylesheet" href="{public_url}/embed.css">
   <!--#include virtual="/comments-thread?page={page}" -->

   location = /comments-thread {{ proxy_pass {public_url}/thread; }}

4. Plain form. For static and cached pages; the question is asked in one more step:

   <form action="{public_url}/comments" method="post">
     <input type="hidden" name="page" value="{page}">
     <label>Comment * <textarea name="comment" rows="8" required></textarea></label>
     <label>Name * <input name="author" autocomplete="name" required></label>
     <label>Email * <input name="email" type="email" autocomplete="email" required></label>
     <label>Website <input name="url" type="url" autocomplete="url"></label>
     <button>Post Comment</button>
   </form>
"""
