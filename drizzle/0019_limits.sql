CREATE TABLE "token_uses" (
	"workspace_id" uuid NOT NULL,
	"bearer" text NOT NULL,
	"minute" timestamp (3) with time zone NOT NULL,
	"requests" bigint NOT NULL,
	"cost" bigint NOT NULL,
	CONSTRAINT "token_uses_workspace_id_bearer_pk" PRIMARY KEY("workspace_id","bearer")
);
--> statement-breakpoint
-- by hand
ALTER TABLE "token_uses" SET UNLOGGED;
