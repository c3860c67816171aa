CREATE TABLE "idempotency_keys" (
	"workspace_id" uuid NOT NULL,
	"token_name" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"outcome" jsonb NOT NULL,
	"first_used_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_workspace_id_token_name_key_pk" PRIMARY KEY("workspace_id","token_name","key")
);
--> statement-breakpoint
CREATE TABLE "job_items" (
	"workspace_id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"ticket_id" uuid NOT NULL,
	"state" text DEFAULT 'WAITING' NOT NULL,
	"errors" jsonb DEFAULT '[]'::jsonb NOT NULL,
	CONSTRAINT "job_items_workspace_id_job_id_position_pk" PRIMARY KEY("workspace_id","job_id","position"),
	CONSTRAINT "job_items_state" CHECK ("job_items"."state" in ('WAITING', 'DONE', 'FAILED'))
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"state" text DEFAULT 'QUEUED' NOT NULL,
	"input" jsonb NOT NULL,
	"total" integer NOT NULL,
	"processed" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"token_name" text NOT NULL,
	"started_by_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "jobs_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "jobs_state" CHECK ("jobs"."state" in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIALLY_FAILED', 'FAILED', 'CANCELLED')),
	CONSTRAINT "jobs_counts" CHECK ("jobs"."processed" between 0 and "jobs"."total" and "jobs"."failed" between 0 and "jobs"."processed")
);
--> statement-breakpoint
CREATE TABLE "undos" (
	"workspace_id" uuid NOT NULL,
	"token_hash" text NOT NULL,
	"token_name" text NOT NULL,
	"steps" jsonb NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "undos_workspace_id_token_hash_pk" PRIMARY KEY("workspace_id","token_hash")
);
--> statement-breakpoint
CREATE TABLE "webhook_calls" (
	"workspace_id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"call_id" text NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_calls_workspace_id_backend_id_call_id_pk" PRIMARY KEY("workspace_id","backend_id","call_id")
);
--> statement-breakpoint
ALTER TABLE "changes" DROP CONSTRAINT "changes_ticket";
--> statement-breakpoint
ALTER TABLE "deliveries" DROP CONSTRAINT "deliveries_ticket";
--> statement-breakpoint
DROP INDEX "deliveries_pending_of_backend";--> statement-breakpoint
ALTER TABLE "attachments" ALTER COLUMN "backend_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "attachments" ALTER COLUMN "ticket_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "deliveries" ALTER COLUMN "ticket_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "attachments" ADD COLUMN "storage_key" text;--> statement-breakpoint
ALTER TABLE "attachments" ADD COLUMN "expires_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "version" integer;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "token_name" text;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "client_mutation_id" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "origin_ticket_id" uuid;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "message_id" uuid;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "lanes" uuid[] NOT NULL;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "fields" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "before" jsonb;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "problem" jsonb;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "sending_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "token_name" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "delivery_id" uuid;--> statement-breakpoint
ALTER TABLE "tickets" ADD COLUMN "is_thread_moved" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "job_items" ADD CONSTRAINT "job_items_job" FOREIGN KEY ("workspace_id","job_id") REFERENCES "public"."jobs"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_calls" ADD CONSTRAINT "webhook_calls_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idempotency_keys_by_age" ON "idempotency_keys" USING btree ("first_used_at");--> statement-breakpoint
CREATE INDEX "job_items_failed" ON "job_items" USING btree ("workspace_id","job_id","position") WHERE "job_items"."state" = 'FAILED';--> statement-breakpoint
CREATE INDEX "undos_by_age" ON "undos" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "webhook_calls_by_age" ON "webhook_calls" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "attachments_stored" ON "attachments" USING btree ("workspace_id","storage_key") WHERE "attachments"."storage_key" is not null;--> statement-breakpoint
CREATE INDEX "conversations_moved" ON "conversations" USING btree ("workspace_id","origin_ticket_id") WHERE "conversations"."origin_ticket_id" is not null;--> statement-breakpoint
CREATE INDEX "deliveries_open_lanes" ON "deliveries" USING gin ("lanes") WHERE "deliveries"."state" in ('QUEUED', 'SENDING');--> statement-breakpoint
CREATE INDEX "deliveries_newest" ON "deliveries" USING btree ("workspace_id","position");--> statement-breakpoint
CREATE INDEX "deliveries_of_ticket" ON "deliveries" USING btree ("workspace_id","ticket_id","position");--> statement-breakpoint
CREATE INDEX "messages_unbound" ON "messages" USING btree ("workspace_id","backend_id","ticket_id") WHERE "messages"."external_id" like 'deskgraph:%';--> statement-breakpoint
CREATE INDEX "deliveries_pending_of_backend" ON "deliveries" USING btree ("workspace_id","backend_id","position") WHERE "deliveries"."state" in ('QUEUED', 'SENDING', 'UNCERTAIN');--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_lanes" CHECK (cardinality("deliveries"."lanes") > 0);