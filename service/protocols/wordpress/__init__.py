"""WordPress's comment form and the comments part of its REST API, so that themes and API clients need no change.

Defined by the REST API handbook (developer.wordpress.org/rest-api/reference/comments/ and /using-the-rest-api/) and,
where that is silent, by WordPress's source: ``wp-comments-post.php``, ``class-wp-rest-server.php``,
``class-wp-rest-comments-controller.php``, ``class-wp-rest-users-controller.php``. Logins are application passwords
(make.wordpress.org/core/2020/11/05/application-passwords-integration-guide/). ``docs/wordpress.md`` is for owners.

Routes of WordPress's:
    POST /wp-comments-post.php       a theme's own form; the captcha is asked in one more step (``legacy_form``)
    /wp-json/, /?rest_route=/        the index; the second form takes every route (``routes``)
    /wp-json/wp/v2/comments[/ID]     list, create, read, update, delete (``comments_resource``, ``comment_resource``)
    /wp-json/wp/v2/posts/ID          the page of a comment (``post_resource``)
    /wp-json/wp/v2/users/me          the admin whose application password it is (``routes``)

Ours: /HOST/wp-json/… and /HOST/?rest_route=, which name the site where several share one service. Readers cannot
create comments by REST, since nothing there could ask them the captcha question.
"""
