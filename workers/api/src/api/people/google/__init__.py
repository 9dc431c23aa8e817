"""Signing in with Google: the authorization-code flow with PKCE, and id tokens that a client has already.

https://developers.google.com/identity/openid-connect/openid-connect
"""
