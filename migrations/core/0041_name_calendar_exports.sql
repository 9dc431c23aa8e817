-- `exports:*` will be of data exports: what opens the addresses of calendars is called `calendar_exports:*`. Between this
-- and the new Workers, keys with these scopes alone are refused, and nothing else is.

UPDATE api_keys SET scopes = replace(scopes, '"exports:', '"calendar_exports:') WHERE scopes LIKE '%"exports:%';
