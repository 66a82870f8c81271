-- The image runs this once, after it has made the database. The service's user owns the database
-- and is no superuser.
\set password `cat /run/secrets/database_password`
CREATE ROLE app LOGIN PASSWORD :'password';
ALTER DATABASE app OWNER TO app;
