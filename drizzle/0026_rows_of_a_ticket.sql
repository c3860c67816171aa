-- From a sample Postgres takes the tickets of a big store for far longer than they are: at ten million messages for 200
-- each instead of ten. An inbox page seemed so dear without its values that it was planned anew for every request.
ALTER TABLE "messages" ALTER COLUMN "ticket_id" SET (n_distinct = -0.1), ALTER COLUMN "conversation_id" SET (n_distinct = -0.1);
--> statement-breakpoint
DO $$ BEGIN
	-- Of an empty table it would keep that it is empty.
	IF EXISTS (SELECT FROM "messages") THEN ANALYZE "messages" ("ticket_id", "conversation_id"); END IF;
END $$;
