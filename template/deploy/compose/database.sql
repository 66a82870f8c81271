-- Run once, by the image, when it has made the database: the service's own user owns it and is
-- no superuser.
\set password `cat /run/secrets/database_password`
CREATE ROLE app LOGIN PASSWORD :'password';
ALTER DATABASE app OWNER TO app;
