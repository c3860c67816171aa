CREATE TABLE "ticket_followers" (
	"workspace_id" uuid NOT NULL,
	"actor_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	CONSTRAINT "ticket_followers_workspace_id_actor_id_ticket_id_pk" PRIMARY KEY("workspace_id","actor_id","ticket_id")
);
--> statement-breakpoint
CREATE TABLE "ticket_looks" (
	"workspace_id" uuid NOT NULL,
	"actor_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"seen_up_to" timestamp (3) with time zone,
	"unread_message_count" integer NOT NULL,
	CONSTRAINT "ticket_looks_workspace_id_actor_id_ticket_id_pk" PRIMARY KEY("workspace_id","actor_id","ticket_id")
);
--> statement-breakpoint
ALTER TABLE "views" ADD COLUMN "filter" jsonb;--> statement-breakpoint
ALTER TABLE "ticket_followers" ADD CONSTRAINT "ticket_followers_actor" FOREIGN KEY ("workspace_id","actor_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_followers" ADD CONSTRAINT "ticket_followers_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_looks" ADD CONSTRAINT "ticket_looks_actor" FOREIGN KEY ("workspace_id","actor_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_looks" ADD CONSTRAINT "ticket_looks_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "ticket_followers_of_ticket" ON "ticket_followers" USING btree ("workspace_id","ticket_id");--> statement-breakpoint
CREATE INDEX "ticket_looks_of_ticket" ON "ticket_looks" USING btree ("workspace_id","ticket_id");--> statement-breakpoint
CREATE INDEX "ticket_looks_unread" ON "ticket_looks" USING btree ("workspace_id","actor_id","ticket_id") WHERE "ticket_looks"."unread_message_count" > 0;--> statement-breakpoint
CREATE INDEX "tickets_unread" ON "tickets" USING btree ("workspace_id","last_activity_at","id","backend_id","status","priority","assignee_id","department_id","requester_id","channel_id","channel_account_id","sla_state","has_draft","attachment_count","created_at","updated_at","waiting_since","is_recycled","is_spam","vanished_at","merged_into_id","merged_into_external_id") WHERE not "tickets"."is_read_by_agent";