CREATE TABLE "stored_leftovers" (
	"workspace_id" uuid NOT NULL,
	"storage_key" text NOT NULL,
	"left_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stored_leftovers_workspace_id_storage_key_pk" PRIMARY KEY("workspace_id","storage_key")
);
--> statement-breakpoint
CREATE INDEX "stored_leftovers_by_age" ON "stored_leftovers" USING btree ("left_at");