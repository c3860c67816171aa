-- by hand
-- The next place in the log of changes, for what has no line there. Requests may not use the sequence itself.
CREATE FUNCTION "next_place"() RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT nextval('changes_position_seq')
$$;
--> statement-breakpoint
CREATE TABLE "presences" (
	"workspace_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"actor_id" uuid NOT NULL,
	"tab" text NOT NULL,
	"state" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "presences_workspace_id_ticket_id_actor_id_tab_pk" PRIMARY KEY("workspace_id","ticket_id","actor_id","tab"),
	CONSTRAINT "presences_state" CHECK ("presences"."state" in ('TYPING_REPLY', 'TYPING_NOTE', 'VIEWING', 'IDLE'))
);
--> statement-breakpoint
ALTER TABLE "mentions" ADD COLUMN "noted_in" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
ALTER TABLE "mentions" ADD COLUMN "position" bigint DEFAULT next_place() NOT NULL;--> statement-breakpoint
ALTER TABLE "presences" ADD CONSTRAINT "presences_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "presences" ADD CONSTRAINT "presences_actor" FOREIGN KEY ("workspace_id","actor_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mentions_in_order" ON "mentions" USING btree ("workspace_id","noted_in","position");
--> statement-breakpoint
-- by hand
-- Each row is said again within seconds: no heartbeat needs the write-ahead log. A standby cannot read it, and after a crash it is empty.
ALTER TABLE "presences" SET UNLOGGED;
--> statement-breakpoint
CREATE POLICY "own_workspace" ON "presences" USING ("workspace_id" = (SELECT current_workspace())) WITH CHECK ("workspace_id" = (SELECT current_workspace()));
--> statement-breakpoint
ALTER TABLE "presences" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
-- Gateways that listen look at once: "<workspace> <topic> <one column of the row>".
CREATE FUNCTION "tell_of_row"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	told jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
	PERFORM pg_notify('deskgraph', concat_ws(' ', told ->> 'workspace_id', TG_ARGV[0], told ->> TG_ARGV[1]));
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "presences_told" AFTER INSERT OR DELETE ON "presences"
FOR EACH ROW EXECUTE FUNCTION "tell_of_row"('presence', 'ticket_id');
--> statement-breakpoint
-- A heartbeat is told to nobody.
CREATE TRIGGER "presences_told_again" AFTER UPDATE ON "presences"
FOR EACH ROW WHEN (OLD.since <> NEW.since OR OLD.state <> NEW.state) EXECUTE FUNCTION "tell_of_row"('presence', 'ticket_id');
--> statement-breakpoint
CREATE TRIGGER "mentions_told" AFTER INSERT ON "mentions"
FOR EACH ROW EXECUTE FUNCTION "tell_of_row"('mentions', 'agent_id');
--> statement-breakpoint
-- What the first copy of a help desk brought is in no line, but changes counts and ends what streams can go on from.
CREATE TRIGGER "change_gaps_told" AFTER INSERT OR UPDATE ON "change_gaps"
FOR EACH ROW EXECUTE FUNCTION "tell_of_row"('changes', 'cluster_id');
--> statement-breakpoint
CREATE TRIGGER "jobs_told" AFTER UPDATE ON "jobs"
FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.processed <> NEW.processed) EXECUTE FUNCTION "tell_of_row"('jobs', 'id');
--> statement-breakpoint
CREATE TRIGGER "backends_told" AFTER INSERT ON "backends"
FOR EACH ROW EXECUTE FUNCTION "tell_of_row"('backends', 'id');
--> statement-breakpoint
CREATE TRIGGER "backends_told_again" AFTER UPDATE ON "backends"
FOR EACH ROW WHEN (OLD.health <> NEW.health OR OLD.is_connected <> NEW.is_connected OR OLD.problem IS DISTINCT FROM NEW.problem) EXECUTE FUNCTION "tell_of_row"('backends', 'id');
