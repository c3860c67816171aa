ALTER TABLE "actors" ADD COLUMN "merged_into_id" uuid;--> statement-breakpoint
ALTER TABLE "actors" ADD CONSTRAINT "actors_merged_into" FOREIGN KEY ("workspace_id","merged_into_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "actors_merged" ON "actors" USING btree ("workspace_id","merged_into_id") WHERE "actors"."merged_into_id" is not null;--> statement-breakpoint
CREATE INDEX "actors_unbound" ON "actors" USING btree ("workspace_id","backend_id") WHERE "actors"."external_id" like 'deskgraph:%';--> statement-breakpoint
ALTER TABLE "actors" ADD CONSTRAINT "actors_not_merged_into_itself" CHECK ("actors"."merged_into_id" <> "actors"."id");