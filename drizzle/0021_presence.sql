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
ALTER TABLE "presences" ADD CONSTRAINT "presences_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "presences" ADD CONSTRAINT "presences_actor" FOREIGN KEY ("workspace_id","actor_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
-- by hand
-- Each row is said again within seconds: no heartbeat needs the write-ahead log. A standby cannot read it, and after a crash it is empty.
ALTER TABLE "presences" SET UNLOGGED;--> statement-breakpoint
CREATE POLICY own_workspace ON "presences" USING (workspace_id = (SELECT current_workspace())) WITH CHECK (workspace_id = (SELECT current_workspace()));--> statement-breakpoint
ALTER TABLE "presences" ENABLE ROW LEVEL SECURITY;
