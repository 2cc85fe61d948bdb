EXTRA_DIST += tests/atlocal.in
