"""For browsers: sessions in cookies, cross-origin requests, sign-in at the pool's hosted pages."""
