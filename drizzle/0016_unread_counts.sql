-- by hand: instead of building the index anew; what waits in its list is sorted in by the page (sortInWords)
ALTER INDEX "messages_search" RESET (gin_pending_list_limit);--> statement-breakpoint
DROP INDEX "tickets_unread";--> statement-breakpoint
ALTER TABLE "tickets" ADD COLUMN "tag_ids" uuid[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
-- by hand
-- Keeps tickets.tag_ids what ticket_tags says.
CREATE FUNCTION "ticket_tags_gather"(workspace uuid, ticket_ids uuid[]) RETURNS void LANGUAGE sql AS $$
	UPDATE tickets SET tag_ids = gathered.ids
	FROM (
		SELECT t.id, coalesce(array_agg(tt.tag_id ORDER BY tt.tag_id) FILTER (WHERE tt.tag_id IS NOT NULL), '{}') AS ids
		FROM tickets t LEFT JOIN ticket_tags tt ON tt.workspace_id = t.workspace_id AND tt.ticket_id = t.id
		WHERE t.workspace_id = workspace AND t.id = ANY(ticket_ids) GROUP BY t.id
	) gathered
	WHERE tickets.workspace_id = workspace AND tickets.id = gathered.id AND tickets.tag_ids IS DISTINCT FROM gathered.ids
$$;
--> statement-breakpoint
SELECT ticket_tags_gather(workspace_id, array_agg(DISTINCT ticket_id)) FROM ticket_tags GROUP BY workspace_id;
--> statement-breakpoint
CREATE FUNCTION "ticket_tags_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM "ticket_tags_gather"(workspace_id, array_agg(DISTINCT ticket_id)) FROM changed GROUP BY workspace_id;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "ticket_tags_inserted" AFTER INSERT ON "ticket_tags" REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION "ticket_tags_changed"();
--> statement-breakpoint
CREATE TRIGGER "ticket_tags_deleted" AFTER DELETE ON "ticket_tags" REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION "ticket_tags_changed"();
--> statement-breakpoint
CREATE INDEX "tickets_unread" ON "tickets" USING btree ("workspace_id","last_activity_at","id","backend_id","status","priority","assignee_id","department_id","requester_id","channel_id","channel_account_id","sla_state","has_draft","attachment_count","created_at","updated_at","waiting_since","is_recycled","is_spam","vanished_at","merged_into_id","merged_into_external_id","tag_ids") WHERE not "tickets"."is_read_by_agent";
