<?php
/* A real WordPress on the command line: php wordpress.php FOLDER install | import FILE | export. FOLDER has the
   database's socket.

   Debian does not have the importer, so the second word does what its documentation says of it: a post for each item, as
   it is and with its number if that is free; then its comments in the order of their numbers, with their parents
   renumbered, as the administrator who runs it. What stores, filters and exports is WordPress's own. */

define('ABSPATH', '/usr/share/wordpress/');
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . $argv[1] . '/mariadb.sock');
define('DB_CHARSET', 'utf8mb4');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
if ($argv[2] === 'install') {
    define('WP_INSTALLING', true);
}
$table_prefix = 'wp_';
$_SERVER += ['HTTP_HOST' => 'blog.example', 'REQUEST_URI' => '/', 'HTTPS' => 'on', 'SERVER_PROTOCOL' => 'HTTP/1.1'];
require ABSPATH . 'wp-settings.php';
require ABSPATH . 'wp-admin/includes/admin.php';

function install_blog() {
    add_filter('pre_wp_mail', '__return_true');
    require ABSPATH . 'wp-admin/includes/upgrade.php';
    wp_install('A blog', 'admin', 'admin@blog.example', true, '', 'a word to enter by');
    foreach (get_posts(['post_type' => 'any', 'post_status' => 'any', 'numberposts' => -1]) as $post) {
        wp_delete_post($post->ID, true);
    }
    update_option('home', 'https://blog.example');
    update_option('siteurl', 'https://blog.example');
    update_option('permalink_structure', '/%postname%/');
}

function import_file($file) {
    wp_set_current_user(1);
    kses_init();
    $wp = 'http://wordpress.org/export/1.2/';
    foreach (simplexml_load_file($file)->channel->item as $item) {
        $of = $item->children($wp);
        $post = [
            'import_id' => (int) $of->post_id, 'post_title' => (string) $item->title, 'post_name' => (string) $of->post_name,
            'post_date' => (string) $of->post_date, 'post_date_gmt' => (string) $of->post_date_gmt,
            'post_status' => (string) $of->status, 'post_type' => (string) $of->post_type,
            'comment_status' => (string) $of->comment_status, 'post_author' => 1,
        ];
        $post_id = wp_insert_post(wp_slash($post), true);
        if (is_wp_error($post_id)) {
            fwrite(STDERR, $post_id->get_error_message() . "\n");
            exit(1);
        }
        $comments = [];
        foreach ($of->comment as $each) {
            $fields = (array) $each->children($wp);
            unset($fields['comment_user_id']);
            $comments[(int) $each->comment_id] = array_map('strval', $fields) + ['user_id' => 0, 'comment_agent' => ''];
        }
        ksort($comments);
        $new = [];
        foreach ($comments as $number => $comment) {
            unset($comment['comment_id']);
            $comment['comment_post_ID'] = $post_id;
            $comment['comment_parent'] = $new[$comment['comment_parent']] ?? $comment['comment_parent'];
            $new[$number] = wp_insert_comment(wp_filter_comment(wp_slash($comment)));
        }
    }
}

if ($argv[2] === 'install') {
    install_blog();
} elseif ($argv[2] === 'import') {
    import_file($argv[3]);
} else {
    require ABSPATH . 'wp-admin/includes/export.php';
    export_wp();
}
