#!/bin/sh
# Miniflare starts this instead of workerd.
exec "$(dirname "$0")/sheltered.sh" "$LOCAL_WORKERD" "$@"
