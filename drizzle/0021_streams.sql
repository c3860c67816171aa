CREATE TABLE "ticket_befores" (
	"workspace_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"cluster_id" bigint DEFAULT (pg_control_system()).system_identifier NOT NULL,
	"transaction_id" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "ticket_befores_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"before" jsonb NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ticket_befores_workspace_id_ticket_id_cluster_id_transaction_id_pk" PRIMARY KEY("workspace_id","ticket_id","cluster_id","transaction_id")
);
--> statement-breakpoint
CREATE INDEX "ticket_befores_by_age" ON "ticket_befores" USING brin ("at");--> statement-breakpoint
-- by hand
CREATE POLICY "own_workspace" ON "ticket_befores" USING ("workspace_id" = (SELECT current_workspace())) WITH CHECK ("workspace_id" = (SELECT current_workspace()));
--> statement-breakpoint
ALTER TABLE "ticket_befores" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
-- Gateways that listen look at once: channel "deskgraph", payload "<workspace> <topic>". Whatever a transaction says twice is said once.
CREATE FUNCTION "tell_of"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('deskgraph', workspace_id || ' ' || TG_ARGV[0]) FROM touched GROUP BY workspace_id;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "changes_told" AFTER INSERT ON "changes" REFERENCING NEW TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION "tell_of"('changes');
--> statement-breakpoint
-- The columns of a ticket by which a selection can pick it. A filter that asks another one needs it here.
CREATE FUNCTION "judged_part"(t tickets) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('workspace_id', t.workspace_id, 'id', t.id, 'backend_id', t.backend_id, 'number', t.number,
		'subject', t.subject, 'status', t.status, 'status_detail', t.status_detail, 'priority', t.priority,
		'snoozed_until', t.snoozed_until, 'requester_id', t.requester_id, 'assignee_id', t.assignee_id,
		'department_id', t.department_id, 'channel_id', t.channel_id, 'channel_account_id', t.channel_account_id,
		'is_read_by_agent', t.is_read_by_agent, 'is_read_by_contact', t.is_read_by_contact, 'has_draft', t.has_draft,
		'tag_ids', t.tag_ids, 'is_recycled', t.is_recycled, 'is_spam', t.is_spam,
		'merged_into_external_id', t.merged_into_external_id, 'merged_into_id', t.merged_into_id,
		'custom_fields', t.custom_fields, 'contact_language', t.contact_language,
		'replying_agent_mode', t.replying_agent_mode, 'attachment_count', t.attachment_count, 'sla_state', t.sla_state,
		'created_at', t.created_at, 'updated_at', t.updated_at, 'last_activity_at', t.last_activity_at,
		'last_replied_at', t.last_replied_at, 'resolved_at', t.resolved_at, 'waiting_since', t.waiting_since,
		'vanished_at', t.vanished_at)
$$;
--> statement-breakpoint
CREATE FUNCTION "tickets_keep_before"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	cluster bigint := (pg_control_system()).system_identifier;
BEGIN
	IF TG_OP = 'DELETE' THEN
		INSERT INTO ticket_befores AS known (workspace_id, ticket_id, cluster_id, before)
		SELECT o.workspace_id, o.id, cluster, judged_part(o) FROM old_rows o
		ON CONFLICT (workspace_id, ticket_id, cluster_id, transaction_id) DO UPDATE SET before = excluded.before || known.before;
	ELSE
		INSERT INTO ticket_befores AS known (workspace_id, ticket_id, cluster_id, before)
		SELECT o.workspace_id, o.id, cluster, changed.before
		FROM old_rows o JOIN new_rows n ON n.workspace_id = o.workspace_id AND n.id = o.id
		CROSS JOIN LATERAL (SELECT judged_part(o) AS was, judged_part(n) AS becomes) parts
		CROSS JOIN LATERAL (
			SELECT jsonb_object_agg(key, value) AS before FROM jsonb_each(was) WHERE value IS DISTINCT FROM becomes -> key
		) changed
		WHERE was <> becomes
		ON CONFLICT (workspace_id, ticket_id, cluster_id, transaction_id) DO UPDATE SET before = excluded.before || known.before;
	END IF;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "tickets_before_update" AFTER UPDATE ON "tickets" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION "tickets_keep_before"();
--> statement-breakpoint
CREATE TRIGGER "tickets_before_delete" AFTER DELETE ON "tickets" REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION "tickets_keep_before"();
