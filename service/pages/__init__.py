"""What is done with pages as a whole: moved, merged, found twice, and put under other rules; with undo."""
