-- Keeps tickets.tag_ids what ticket_tags says. In turn: what is gathered while another adds a tag would lack that one.
CREATE OR REPLACE FUNCTION "ticket_tags_gather"(workspace uuid, ticket_ids uuid[]) RETURNS void LANGUAGE sql AS $$
	SELECT FROM tickets WHERE workspace_id = workspace AND id = ANY(ticket_ids) ORDER BY id FOR NO KEY UPDATE;
	UPDATE tickets SET tag_ids = gathered.ids
	FROM (
		SELECT t.id, coalesce(array_agg(tt.tag_id ORDER BY tt.tag_id) FILTER (WHERE tt.tag_id IS NOT NULL), '{}') AS ids
		FROM tickets t LEFT JOIN ticket_tags tt ON tt.workspace_id = t.workspace_id AND tt.ticket_id = t.id
		WHERE t.workspace_id = workspace AND t.id = ANY(ticket_ids) GROUP BY t.id
	) gathered
	WHERE tickets.workspace_id = workspace AND tickets.id = gathered.id AND tickets.tag_ids IS DISTINCT FROM gathered.ids
$$;
--> statement-breakpoint
SELECT ticket_tags_gather(workspace_id, array_agg(id)) FROM tickets
WHERE tag_ids IS DISTINCT FROM (
	SELECT coalesce(array_agg(tag_id ORDER BY tag_id), '{}') FROM ticket_tags
	WHERE ticket_tags.workspace_id = tickets.workspace_id AND ticket_tags.ticket_id = tickets.id
)
GROUP BY workspace_id;
