CREATE TABLE "change_gaps" (
	"workspace_id" uuid NOT NULL,
	"cluster_id" bigint NOT NULL,
	"transaction_id" "xid8" NOT NULL,
	"position" bigint NOT NULL,
	CONSTRAINT "change_gaps_workspace_id_cluster_id_pk" PRIMARY KEY("workspace_id","cluster_id")
);
--> statement-breakpoint
DROP INDEX "ticket_events_in_order";--> statement-breakpoint
ALTER TABLE "changes" DROP CONSTRAINT "changes_workspace_id_position_pk";--> statement-breakpoint
-- by hand
-- Lines that were there before come first, in the order of their positions. A constant default writes no row anew.
ALTER TABLE "changes" ADD COLUMN "transaction_id" xid8 DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "changes" ALTER COLUMN "transaction_id" SET DEFAULT pg_current_xact_id();--> statement-breakpoint
DO $$ BEGIN
	EXECUTE format('ALTER TABLE "changes" ADD COLUMN "cluster_id" bigint DEFAULT %s NOT NULL', (SELECT system_identifier FROM pg_control_system()));
END $$;--> statement-breakpoint
ALTER TABLE "changes" ALTER COLUMN "cluster_id" SET DEFAULT (pg_control_system()).system_identifier;--> statement-breakpoint
ALTER TABLE "changes" ADD CONSTRAINT "changes_workspace_id_cluster_id_transaction_id_position_pk" PRIMARY KEY("workspace_id","cluster_id","transaction_id","position");--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "actor_id" uuid;--> statement-breakpoint
ALTER TABLE "ticket_events" ADD COLUMN "type" text DEFAULT 'OTHER' NOT NULL;--> statement-breakpoint
ALTER TABLE "ticket_events" ADD COLUMN "sequence" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "ticket_events" ADD COLUMN "change" jsonb;--> statement-breakpoint
CREATE INDEX "changes_by_age" ON "changes" USING brin ("at");--> statement-breakpoint
CREATE INDEX "ticket_events_in_order" ON "ticket_events" USING btree ("workspace_id","ticket_id","at","sequence","id");--> statement-breakpoint
ALTER TABLE "ticket_events" ADD CONSTRAINT "ticket_events_type" CHECK ("ticket_events"."type" in ('MESSAGE', 'STATUS_CHANGED', 'PRIORITY_CHANGED', 'ASSIGNMENT_CHANGED', 'TAGS_CHANGED', 'SUBJECT_CHANGED', 'MERGED', 'UNMERGED', 'RECYCLED', 'RESTORED', 'READ_STATE_CHANGED', 'SLA_CHANGED', 'OTHER'));