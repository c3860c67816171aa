-- by hand
-- The second wall between workspaces: row-level security. Requests run as a role that sees the rows of one workspace, the
-- one their connection is set to, and none while it is set to none. All else runs as the owner, whom policies do not concern.
CREATE FUNCTION "current_workspace"() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('deskgraph.workspace', true), '')::uuid;
--> statement-breakpoint
-- Named after the owner, so that two deployments on one server do not share it.
CREATE FUNCTION "wall_role"() RETURNS name LANGUAGE sql STABLE AS $$
	SELECT left(pg_get_userbyid(relowner), 55) || '_request' FROM pg_class WHERE oid = 'public.workspaces'::regclass
$$;
--> statement-breakpoint
CREATE FUNCTION "walled_tables"() RETURNS TABLE ("table_name" regclass, "column_name" name, "is_walled" boolean, "is_granted" boolean) LANGUAGE sql STABLE AS $$
	SELECT c.oid, a.attname,
		c.relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = 'own_workspace'),
		coalesce((SELECT has_table_privilege(oid, c.oid, 'DELETE') FROM pg_roles WHERE rolname = wall_role()), false)
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
		AND a.attname = CASE WHEN c.relname = 'workspaces' THEN 'id' ELSE 'workspace_id' END
	WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
$$;
--> statement-breakpoint
CREATE FUNCTION "may_become_wall_role"() RETURNS boolean LANGUAGE sql STABLE AS $$
	SELECT pg_has_role(session_user, wall_role(), CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END)
$$;
--> statement-breakpoint
-- Why the wall does not stand, in words for an operator; null while it does.
CREATE FUNCTION "wall_problem"() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	gaps text := (SELECT string_agg(table_name::text, ', ' ORDER BY table_name::text) FROM walled_tables() WHERE NOT is_walled OR NOT is_granted);
	role pg_roles;
BEGIN
	SELECT * INTO role FROM pg_roles WHERE rolname = wall_role();
	IF role.oid IS NULL THEN
		RETURN format('there is no role %1$I, and %2$I may not make it; let an administrator run: CREATE ROLE %1$I; GRANT %1$I TO %2$I;', wall_role(), session_user);
	ELSIF NOT may_become_wall_role() THEN
		RETURN format('%2$I may not become %1$I; let an administrator run: GRANT %1$I TO %2$I;', role.rolname, session_user);
	ELSIF role.rolsuper OR role.rolbypassrls OR EXISTS (SELECT FROM walled_tables() JOIN pg_class ON pg_class.oid = table_name WHERE pg_has_role(role.oid, relowner, 'USAGE')) THEN
		RETURN format('the role %1$I sees past every wall; let an administrator take away SUPERUSER, BYPASSRLS and what it is a member of', role.rolname);
	ELSIF gaps IS NOT NULL THEN
		RETURN format('it is open at %s; run: deskgraph migrate', gaps);
	END IF;
	RETURN NULL;
END $$;
--> statement-breakpoint
-- Raises what is missing, at every start: for tables that came later, a role that was made later, a copy of a database. Returns what is wrong then.
CREATE FUNCTION "raise_wall"() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	gap record;
BEGIN
	PERFORM pg_advisory_xact_lock(7215893407); -- one start at a time; any number nobody else uses
	FOR gap IN SELECT * FROM walled_tables() WHERE NOT is_walled LOOP
		EXECUTE format('DROP POLICY IF EXISTS own_workspace ON %s', gap.table_name);
		EXECUTE format('CREATE POLICY own_workspace ON %1$s USING (%2$I = (SELECT current_workspace())) WITH CHECK (%2$I = (SELECT current_workspace()))', gap.table_name, gap.column_name);
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', gap.table_name);
	END LOOP;
	BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wall_role()) THEN
			EXECUTE format('CREATE ROLE %I', wall_role());
		END IF;
		IF NOT may_become_wall_role() THEN
			EXECUTE format('GRANT %I TO %I', wall_role(), session_user);
		END IF;
	EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN -- the start of another database was quicker
	END;
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = wall_role()) THEN
		FOR gap IN SELECT * FROM walled_tables() WHERE NOT is_granted LOOP
			EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', gap.table_name, wall_role());
		END LOOP;
		EXECUTE format('GRANT SELECT ON searchable_tickets, searchable_messages, searchable_actors, searchable_deliveries, searchable_terms TO %I', wall_role());
		EXECUTE format('GRANT EXECUTE ON FUNCTION enqueue_job TO %I', wall_role());
	END IF;
	RETURN wall_problem();
END $$;
--> statement-breakpoint
-- The queue's own tables are closed to requests.
CREATE FUNCTION "enqueue_job"(name text, payload json, queue_name text, run_at timestamptz, max_attempts integer, job_key text, priority integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF payload ->> 'workspaceId' <> current_workspace()::text THEN
		RAISE EXCEPTION 'a job for another workspace' USING ERRCODE = 'insufficient_privilege';
	END IF;
	PERFORM graphile_worker.add_job(identifier => name, payload => payload, queue_name => queue_name, run_at => run_at,
		max_attempts => max_attempts, job_key => job_key, priority => priority);
END $$;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION "enqueue_job" FROM PUBLIC;
--> statement-breakpoint
-- Row-level security lets no condition but the policy's own come first whose operator Postgres does not trust (@@, %, LIKE, lower …), so
-- that no index is of use to it. What is looked for by such an index is looked for in these: they belong to the owner and
-- hold the policy themselves. A migration that changes a column of theirs has to drop the view first.
CREATE VIEW "searchable_tickets" AS SELECT workspace_id, id, created_at, number, subject FROM tickets
WHERE workspace_id = (SELECT current_workspace()) OR NOT (SELECT row_security_active('tickets'));
--> statement-breakpoint
CREATE VIEW "searchable_messages" AS SELECT workspace_id, id, at, ticket_id, type, direction, is_internal, show_in_correspondence, is_deleted, subject, body_text FROM messages
WHERE workspace_id = (SELECT current_workspace()) OR NOT (SELECT row_security_active('messages'));
--> statement-breakpoint
CREATE VIEW "searchable_actors" AS SELECT * FROM actors
WHERE workspace_id = (SELECT current_workspace()) OR NOT (SELECT row_security_active('actors'));
--> statement-breakpoint
CREATE VIEW "searchable_deliveries" AS SELECT workspace_id, id, operation, state, lanes FROM deliveries
WHERE workspace_id = (SELECT current_workspace()) OR NOT (SELECT row_security_active('deliveries'));
--> statement-breakpoint
CREATE VIEW "searchable_terms" AS SELECT workspace_id, word FROM search_terms
WHERE workspace_id = (SELECT current_workspace()) OR NOT (SELECT row_security_active('search_terms'));
--> statement-breakpoint
CREATE OR REPLACE FUNCTION "search_similar"(workspace uuid, given text) RETURNS SETOF text LANGUAGE sql STABLE SET pg_trgm.similarity_threshold = 0.2 AS $$
	SELECT word FROM searchable_terms WHERE workspace_id = workspace AND word % given AND abs(length(word) - length(given)) <= 2
	GROUP BY word ORDER BY similarity(word, given) DESC, word LIMIT 30
$$;
