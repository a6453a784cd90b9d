"""Addresses and shapes of WordPress, for themes and programs that know no others."""
