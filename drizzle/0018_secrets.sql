CREATE TABLE "audit_entries" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"actor_id" uuid,
	"token_name" text NOT NULL,
	"operation" text NOT NULL,
	"outcome" text NOT NULL,
	"targets" text[] DEFAULT '{}' NOT NULL,
	"changes" json,
	"client_address" text,
	"request_id" text NOT NULL,
	CONSTRAINT "audit_entries_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "audit_entries_outcome" CHECK ("audit_entries"."outcome" in ('DONE', 'REFUSED')),
	CONSTRAINT "audit_entries_operation" CHECK ("audit_entries"."operation" <> '')
);
--> statement-breakpoint
CREATE INDEX "audit_entries_in_order" ON "audit_entries" USING btree ("workspace_id","at","id");--> statement-breakpoint
CREATE INDEX "audit_entries_of_actor" ON "audit_entries" USING btree ("workspace_id","actor_id","at","id") WHERE "audit_entries"."actor_id" is not null;--> statement-breakpoint
CREATE INDEX "audit_entries_of_target" ON "audit_entries" USING gin ("targets");--> statement-breakpoint
CREATE INDEX "audit_entries_by_age" ON "audit_entries" USING brin ("at");