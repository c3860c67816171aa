CREATE TABLE "message_translations" (
	"workspace_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"locale" text NOT NULL,
	"source_locale" text,
	"text" text NOT NULL,
	"html" text,
	"provider" text NOT NULL,
	"is_from_backend" boolean NOT NULL,
	"body_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "message_translations_workspace_id_message_id_locale_pk" PRIMARY KEY("workspace_id","message_id","locale")
);
--> statement-breakpoint
ALTER TABLE "message_translations" ADD CONSTRAINT "message_translations_message" FOREIGN KEY ("workspace_id","message_id") REFERENCES "public"."messages"("workspace_id","id") ON DELETE cascade ON UPDATE no action;