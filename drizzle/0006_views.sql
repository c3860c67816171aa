CREATE TABLE "saved_views" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"owner_id" uuid,
	"owner_token_name" text NOT NULL,
	"name" text NOT NULL,
	"icon" text,
	"color" text,
	"is_shared" boolean NOT NULL,
	"position" integer NOT NULL,
	"filter" jsonb NOT NULL,
	"order_by" jsonb,
	"group_by" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "saved_views_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "saved_views_filter" CHECK (jsonb_typeof("saved_views"."filter") = 'object')
);
--> statement-breakpoint
ALTER TABLE "saved_views" ADD CONSTRAINT "saved_views_owner" FOREIGN KEY ("workspace_id","owner_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;