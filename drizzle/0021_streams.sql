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
-- Those of them that another row has otherwise. Column by column: comparing two whole parts takes ten times as long.
CREATE FUNCTION "changed_part"(o tickets, n tickets) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT '{}'::jsonb
		|| CASE WHEN o.backend_id IS DISTINCT FROM n.backend_id THEN jsonb_build_object('backend_id', o.backend_id) ELSE '{}' END
		|| CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', o.number) ELSE '{}' END
		|| CASE WHEN o.subject IS DISTINCT FROM n.subject THEN jsonb_build_object('subject', o.subject) ELSE '{}' END
		|| CASE WHEN o.status IS DISTINCT FROM n.status THEN jsonb_build_object('status', o.status) ELSE '{}' END
		|| CASE WHEN o.status_detail IS DISTINCT FROM n.status_detail THEN jsonb_build_object('status_detail', o.status_detail) ELSE '{}' END
		|| CASE WHEN o.priority IS DISTINCT FROM n.priority THEN jsonb_build_object('priority', o.priority) ELSE '{}' END
		|| CASE WHEN o.snoozed_until IS DISTINCT FROM n.snoozed_until THEN jsonb_build_object('snoozed_until', o.snoozed_until) ELSE '{}' END
		|| CASE WHEN o.requester_id IS DISTINCT FROM n.requester_id THEN jsonb_build_object('requester_id', o.requester_id) ELSE '{}' END
		|| CASE WHEN o.assignee_id IS DISTINCT FROM n.assignee_id THEN jsonb_build_object('assignee_id', o.assignee_id) ELSE '{}' END
		|| CASE WHEN o.department_id IS DISTINCT FROM n.department_id THEN jsonb_build_object('department_id', o.department_id) ELSE '{}' END
		|| CASE WHEN o.channel_id IS DISTINCT FROM n.channel_id THEN jsonb_build_object('channel_id', o.channel_id) ELSE '{}' END
		|| CASE WHEN o.channel_account_id IS DISTINCT FROM n.channel_account_id THEN jsonb_build_object('channel_account_id', o.channel_account_id) ELSE '{}' END
		|| CASE WHEN o.is_read_by_agent IS DISTINCT FROM n.is_read_by_agent THEN jsonb_build_object('is_read_by_agent', o.is_read_by_agent) ELSE '{}' END
		|| CASE WHEN o.is_read_by_contact IS DISTINCT FROM n.is_read_by_contact THEN jsonb_build_object('is_read_by_contact', o.is_read_by_contact) ELSE '{}' END
		|| CASE WHEN o.has_draft IS DISTINCT FROM n.has_draft THEN jsonb_build_object('has_draft', o.has_draft) ELSE '{}' END
		|| CASE WHEN o.tag_ids IS DISTINCT FROM n.tag_ids THEN jsonb_build_object('tag_ids', o.tag_ids) ELSE '{}' END
		|| CASE WHEN o.is_recycled IS DISTINCT FROM n.is_recycled THEN jsonb_build_object('is_recycled', o.is_recycled) ELSE '{}' END
		|| CASE WHEN o.is_spam IS DISTINCT FROM n.is_spam THEN jsonb_build_object('is_spam', o.is_spam) ELSE '{}' END
		|| CASE WHEN o.merged_into_external_id IS DISTINCT FROM n.merged_into_external_id THEN jsonb_build_object('merged_into_external_id', o.merged_into_external_id) ELSE '{}' END
		|| CASE WHEN o.merged_into_id IS DISTINCT FROM n.merged_into_id THEN jsonb_build_object('merged_into_id', o.merged_into_id) ELSE '{}' END
		|| CASE WHEN o.custom_fields IS DISTINCT FROM n.custom_fields THEN jsonb_build_object('custom_fields', o.custom_fields) ELSE '{}' END
		|| CASE WHEN o.contact_language IS DISTINCT FROM n.contact_language THEN jsonb_build_object('contact_language', o.contact_language) ELSE '{}' END
		|| CASE WHEN o.replying_agent_mode IS DISTINCT FROM n.replying_agent_mode THEN jsonb_build_object('replying_agent_mode', o.replying_agent_mode) ELSE '{}' END
		|| CASE WHEN o.attachment_count IS DISTINCT FROM n.attachment_count THEN jsonb_build_object('attachment_count', o.attachment_count) ELSE '{}' END
		|| CASE WHEN o.sla_state IS DISTINCT FROM n.sla_state THEN jsonb_build_object('sla_state', o.sla_state) ELSE '{}' END
		|| CASE WHEN o.created_at IS DISTINCT FROM n.created_at THEN jsonb_build_object('created_at', o.created_at) ELSE '{}' END
		|| CASE WHEN o.updated_at IS DISTINCT FROM n.updated_at THEN jsonb_build_object('updated_at', o.updated_at) ELSE '{}' END
		|| CASE WHEN o.last_activity_at IS DISTINCT FROM n.last_activity_at THEN jsonb_build_object('last_activity_at', o.last_activity_at) ELSE '{}' END
		|| CASE WHEN o.last_replied_at IS DISTINCT FROM n.last_replied_at THEN jsonb_build_object('last_replied_at', o.last_replied_at) ELSE '{}' END
		|| CASE WHEN o.resolved_at IS DISTINCT FROM n.resolved_at THEN jsonb_build_object('resolved_at', o.resolved_at) ELSE '{}' END
		|| CASE WHEN o.waiting_since IS DISTINCT FROM n.waiting_since THEN jsonb_build_object('waiting_since', o.waiting_since) ELSE '{}' END
		|| CASE WHEN o.vanished_at IS DISTINCT FROM n.vanished_at THEN jsonb_build_object('vanished_at', o.vanished_at) ELSE '{}' END
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
		CROSS JOIN LATERAL (SELECT changed_part(o, n) AS before OFFSET 0) changed
		WHERE before <> '{}'
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
