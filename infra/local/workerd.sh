#!/bin/sh
# Miniflare starts this instead of workerd, so that workerd dies with Node even when Node is killed.
exec setpriv --pdeathsig KILL "$LOCAL_WORKERD" "$@"
