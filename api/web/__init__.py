"""HTTP for every feature: middleware, routes, problem details, request fields, authentication."""
