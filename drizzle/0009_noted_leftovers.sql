-- For each row, because a condition can then stand before the call: files of help desks have no bytes here, and cost nothing.
-- Whether another attachment has the same bytes is only asked when they are swept: of two that go at once, each would still see the other.
CREATE FUNCTION "attachments_leave_bytes"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO "stored_leftovers" ("workspace_id", "storage_key") VALUES (OLD."workspace_id", OLD."storage_key")
	ON CONFLICT ("workspace_id", "storage_key") DO UPDATE SET "left_at" = excluded."left_at";
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "attachments_leave_bytes_deleted" AFTER DELETE ON "attachments"
FOR EACH ROW WHEN (OLD."storage_key" IS NOT NULL) EXECUTE FUNCTION "attachments_leave_bytes"();
--> statement-breakpoint
CREATE TRIGGER "attachments_leave_bytes_replaced" AFTER UPDATE OF "storage_key" ON "attachments"
FOR EACH ROW WHEN (OLD."storage_key" IS NOT NULL AND OLD."storage_key" IS DISTINCT FROM NEW."storage_key")
EXECUTE FUNCTION "attachments_leave_bytes"();
