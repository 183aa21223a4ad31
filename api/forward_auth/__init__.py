"""Sign-in for products behind a proxy, which asks this API about each request: nginx, Caddy, Traefik."""
