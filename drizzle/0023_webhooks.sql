CREATE TABLE "webhook_deliveries" (
	"workspace_id" uuid NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "webhook_deliveries_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"webhook_id" uuid NOT NULL,
	"event" text NOT NULL,
	"cluster_id" bigint NOT NULL,
	"transaction_id" "xid8" NOT NULL,
	"log_position" bigint NOT NULL,
	"subject_id" uuid NOT NULL,
	"ticket_id" uuid,
	"message_id" uuid,
	"change_type" text,
	"changed_fields" text[] DEFAULT '{}' NOT NULL,
	"client_mutation_id" text,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"state" text DEFAULT 'WAITING' NOT NULL,
	"body" text,
	"body_for" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"lease" uuid,
	"lease_until" timestamp (3) with time zone,
	"sent_at" timestamp (3) with time zone,
	"http_status" integer,
	"duration_ms" integer,
	"response" text,
	"problem" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_deliveries_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "webhook_deliveries_once" UNIQUE("workspace_id","webhook_id","cluster_id","transaction_id","log_position","event","subject_id"),
	CONSTRAINT "webhook_deliveries_event" CHECK ("webhook_deliveries"."event" in ('TICKET_CREATED', 'TICKET_UPDATED', 'TICKET_MERGED', 'TICKET_RECYCLED', 'TICKET_DELETED', 'MESSAGE_CREATED', 'MESSAGE_UPDATED', 'MESSAGE_DELIVERY_CHANGED', 'MENTION_CREATED', 'CONTACT_UPDATED', 'BACKEND_HEALTH_CHANGED', 'GAP', 'TEST')),
	CONSTRAINT "webhook_deliveries_state" CHECK ("webhook_deliveries"."state" in ('WAITING', 'SUCCEEDED', 'FAILED'))
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"url" text NOT NULL,
	"description" text,
	"events" text[] NOT NULL,
	"filter" jsonb,
	"query" text,
	"is_enabled" boolean NOT NULL,
	"secret" text NOT NULL,
	"secret_hint" text NOT NULL,
	"former_secret" text,
	"former_secret_until" timestamp (3) with time zone,
	"saved_by" text NOT NULL,
	"actor_id" uuid,
	"role" text NOT NULL,
	"scopes" text[] NOT NULL,
	"cluster_id" bigint NOT NULL,
	"transaction_id" "xid8" NOT NULL,
	"position" bigint NOT NULL,
	"problem" text,
	"problem_at" timestamp (3) with time zone,
	"failing_since" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhooks_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "webhooks_role" CHECK ("webhooks"."role" in ('CONTACT', 'AGENT', 'ADMIN', 'INTEGRATION')),
	CONSTRAINT "webhooks_problem" CHECK ("webhooks"."problem" in ('GAP', 'SAVER_GONE', 'QUERY_INVALID', 'FILTER_INVALID', 'SECRET_LOST', 'RECEIVER_GONE', 'FAILING'))
);
--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_of_webhook" ON "webhook_deliveries" USING btree ("workspace_id","webhook_id","number");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_failed" ON "webhook_deliveries" USING btree ("workspace_id","webhook_id","number") WHERE "webhook_deliveries"."state" <> 'SUCCEEDED' and "webhook_deliveries"."attempts" > 0;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("workspace_id","webhook_id","next_attempt_at") WHERE "webhook_deliveries"."state" = 'WAITING';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_by_age" ON "webhook_deliveries" USING brin ("created_at");--> statement-breakpoint
-- by hand
CREATE POLICY "own_workspace" ON "webhooks" USING ("workspace_id" = (SELECT current_workspace())) WITH CHECK ("workspace_id" = (SELECT current_workspace()));
--> statement-breakpoint
ALTER TABLE "webhooks" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY "own_workspace" ON "webhook_deliveries" USING ("workspace_id" = (SELECT current_workspace())) WITH CHECK ("workspace_id" = (SELECT current_workspace()));
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE FUNCTION "wake_webhooks"(workspace uuid) RETURNS void LANGUAGE sql AS $$
	SELECT enqueue_job('tellWebhooks', json_build_object('workspaceId', workspace), NULL, NULL, NULL, NULL, NULL)
$$;
--> statement-breakpoint
-- Lines of the log wake whoever tells webhooks, with the commit. Where nobody listens nothing is done.
CREATE FUNCTION "wake_webhooks_of_changes"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM wake_webhooks(workspace_id) FROM (
		SELECT DISTINCT workspace_id FROM webhooks listening
		WHERE is_enabled AND EXISTS (SELECT FROM written WHERE workspace_id = listening.workspace_id)
	) AS concerned;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "changes_wake_webhooks" AFTER INSERT ON "changes" REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION wake_webhooks_of_changes();
--> statement-breakpoint
-- What the log of changes has no lines of is written down for each webhook that listens, by the transaction that does it.
CREATE FUNCTION "write_webhook_event"(workspace uuid, happened text, subject uuid, fields text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO webhook_deliveries (workspace_id, webhook_id, event, cluster_id, transaction_id, log_position, subject_id, change_type, changed_fields)
	SELECT workspace, id, happened, (SELECT system_identifier FROM pg_control_system()), pg_current_xact_id(), 0, subject, 'UPDATED', fields
	FROM webhooks WHERE workspace_id = workspace AND is_enabled AND happened = ANY(events)
	ON CONFLICT ON CONSTRAINT webhook_deliveries_once DO UPDATE
	SET changed_fields = ARRAY(SELECT DISTINCT unnest(webhook_deliveries.changed_fields || excluded.changed_fields));
	IF FOUND THEN
		PERFORM wake_webhooks(workspace);
	END IF;
END $$;
--> statement-breakpoint
CREATE FUNCTION "write_contact_updated"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM write_webhook_event(NEW.workspace_id, 'CONTACT_UPDATED', NEW.id, array_remove(ARRAY[
		CASE WHEN NEW.display_name IS DISTINCT FROM OLD.display_name THEN 'displayName' END,
		CASE WHEN NEW.email IS DISTINCT FROM OLD.email THEN 'email' END,
		CASE WHEN NEW.phone IS DISTINCT FROM OLD.phone THEN 'phone' END,
		CASE WHEN NEW.avatar_url IS DISTINCT FROM OLD.avatar_url THEN 'avatarUrl' END,
		CASE WHEN NEW.identifier IS DISTINCT FROM OLD.identifier THEN 'identifier' END,
		CASE WHEN NEW.is_blocked IS DISTINCT FROM OLD.is_blocked THEN 'isBlocked' END,
		CASE WHEN NEW.is_identity_verified IS DISTINCT FROM OLD.is_identity_verified THEN 'isIdentityVerified' END,
		CASE WHEN NEW.language IS DISTINCT FROM OLD.language THEN 'language' END,
		CASE WHEN NEW.identities IS DISTINCT FROM OLD.identities THEN 'identities' END,
		CASE WHEN NEW.custom_fields IS DISTINCT FROM OLD.custom_fields THEN 'customFields' END,
		CASE WHEN NEW.merged_into_id IS DISTINCT FROM OLD.merged_into_id THEN 'mergedInto' END
	], NULL));
	RETURN NULL;
END $$;
--> statement-breakpoint
-- Not of what becomes known of somebody who was only named so far, nor of when they were last seen.
CREATE TRIGGER "actors_tell_webhooks" AFTER UPDATE ON "actors" FOR EACH ROW WHEN (NEW.type = 'CONTACT' AND NOT OLD.is_provisional
	AND (NEW.display_name, NEW.email, NEW.phone, NEW.avatar_url, NEW.identifier, NEW.is_blocked, NEW.is_identity_verified, NEW.language, NEW.identities, NEW.custom_fields, NEW.merged_into_id)
	IS DISTINCT FROM (OLD.display_name, OLD.email, OLD.phone, OLD.avatar_url, OLD.identifier, OLD.is_blocked, OLD.is_identity_verified, OLD.language, OLD.identities, OLD.custom_fields, OLD.merged_into_id))
	EXECUTE FUNCTION write_contact_updated();
--> statement-breakpoint
CREATE FUNCTION "write_health_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM write_webhook_event(NEW.workspace_id, 'BACKEND_HEALTH_CHANGED', NEW.id, ARRAY['health']);
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "backends_tell_webhooks" AFTER UPDATE ON "backends" FOR EACH ROW WHEN (NEW.health IS DISTINCT FROM OLD.health)
	EXECUTE FUNCTION write_health_changed();
