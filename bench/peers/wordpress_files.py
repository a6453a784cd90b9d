"""How WordPress, PHP and nginx are set up. Names in capitals are filled in."""

NGINX = """
user USER;
daemon off;
worker_processes 1;
pid FOLDER/nginx.pid;
error_log FOLDER/nginx.log;
events {}
http {
  include NGINX/mime.types;
  access_log off;
  keepalive_requests 1000000;
  gzip on;
  gzip_types text/css application/javascript;
  client_body_temp_path FOLDER/body;
  proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi;
  scgi_temp_path FOLDER/scgi;
  server {
    listen 127.0.0.1:PORT;
    root ROOT/usr/share/wordpress;
    index index.php;
    location / { try_files $uri $uri/ /index.php?$args; }
    location ~ \\.php$ {
      include NGINX/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_param HTTP_HOST 127.0.0.1:PORT;
      fastcgi_read_timeout 60s;
      fastcgi_pass unix:FOLDER/php.sock;
    }
  }
}
"""

PHP = """
extension_dir = EXTENSIONS
zend_extension = opcache.so
extension = mysqlnd.so
extension = mysqli.so
extension = ctype.so
extension = fileinfo.so
extension = gettext.so
extension = iconv.so
extension = tokenizer.so
memory_limit = 512M
max_execution_time = 120
mysqli.default_socket = FOLDER/mariadb.sock
"""

PHP_POOL = """
[global]
daemonize = no
error_log = FOLDER/php.log
[www]
user = USER
group = GROUP
listen = FOLDER/php.sock
pm = static
pm.max_children = 1
clear_env = no
request_terminate_timeout = 60s
"""

CONFIG = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('BENCH_FOLDER') . '/mariadb.sock');
define('DB_CHARSET', 'utf8mb4');
foreach (array('AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE') as $purpose) {
  define($purpose . '_KEY', 'bench'); define($purpose . '_SALT', 'bench');
}
define('WP_HOME', 'http://127.0.0.1:' . getenv('BENCH_PORT'));
define('WP_SITEURL', WP_HOME);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
"""

PLUGIN = """<?php
add_filter('comment_flood_filter', '__return_false', 99);
"""

INSTALL = """<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '127.0.0.1';
require 'ROOT/usr/share/wordpress/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Bench', 'admin', 'admin@example.org', false, '', 'bench');
$off = array('comment_moderation', 'comment_previously_approved', 'comments_notify', 'moderation_notify');
foreach ($off as $option) update_option($option, 0);
switch_theme('twentytwentythree');
"""
