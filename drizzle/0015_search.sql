-- by hand, down to the table: what the indexes are made with
CREATE EXTENSION IF NOT EXISTS unaccent;
--> statement-breakpoint
DO $$
BEGIN
	IF to_regprocedure('unaccent(regdictionary, text)') IS NULL THEN
		RAISE EXCEPTION 'the extension unaccent stands in the schema %, which is not in the search path',
			(SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'unaccent')
			USING HINT = 'Move it (ALTER EXTENSION unaccent SET SCHEMA public), or add the schema to the search path of this role.';
	END IF;
END $$;
--> statement-breakpoint
-- Without accents, in small letters, the words apart by single spaces. Indexes are built without a search path: a body like
-- this one is bound now, to the extension in whatever schema it is.
CREATE FUNCTION "search_plain"(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(lower(unaccent('unaccent', left(given, 20000))), '[\u0001-/:-@\[-`{-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u3004\ufe00-\ufe4f\uff00-\uff0f\U0001f000-\U0001faff]+', ' ', 'g');
--> statement-breakpoint
-- What the words of a workspace and a week begin with in an index. So a search reads the newest weeks and no more than it needs, and never what is another workspace's.
CREATE FUNCTION "search_bucket"(workspace_id uuid, at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN right(workspace_id::text, 4) || lpad(to_hex(greatest(0, least(4095, floor(extract(epoch FROM at) / 604800)))::int), 3, '0');
--> statement-breakpoint
-- The words of a text. Where there are no spaces (Chinese and its like): its pairs of characters, and the last character.
-- Of Indonesian also the roots, marked, since its words differ at the beginning. The rare ways are the slow ones, so they are looked for first.
-- 113 µs for 690 characters; to_tsvector('simple') takes 63.
CREATE FUNCTION "search_words"(workspace_id uuid, at timestamptz, given text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10000 AS $$
DECLARE
	bucket text := public.search_bucket(workspace_id, at);
	plain text := public.search_plain(given);
	padded text := ' ' || plain || ' ';
	unspaced text := '[\u0e00-\u0eff\u2e80-\u2fff\u3005-\u9fff\uf900-\ufaff]';
BEGIN
	IF plain ~ '[^ ]{41}' OR (octet_length(plain) > length(plain) AND plain ~ unspaced)
		OR strpos(padded, ' saya ') > 0 OR strpos(padded, ' yang ') > 0 OR strpos(padded, ' tidak ') > 0
		OR strpos(padded, ' untuk ') > 0 OR strpos(padded, ' dengan ') > 0 OR strpos(padded, ' belum ') > 0
		OR strpos(padded, ' sudah ') > 0 OR strpos(padded, ' mohon ') > 0 OR strpos(padded, ' apakah ') > 0
		OR strpos(padded, ' bisa ') > 0 OR strpos(padded, ' ini ') > 0 OR strpos(padded, ' kak ') > 0
	THEN
		RETURN (
			SELECT array_to_tsvector(array_agg(bucket || lexeme))
			FROM string_to_table(regexp_replace(plain, '(' || unspaced || '+)', ' \1 ', 'g'), ' ') AS word,
			LATERAL (
				SELECT left(word, 40) WHERE word !~ ('^' || unspaced)
				UNION ALL
				SELECT '!' || (ts_lexize('pg_catalog.indonesian_stem', word))[1]
				WHERE length(word) BETWEEN 6 AND 40 AND left(word, 2) IN ('me', 'be', 'di', 'te', 'pe', 'ke', 'se')
				UNION ALL
				SELECT substr(word, place, 2) FROM generate_series(1, length(word)) AS place WHERE word ~ ('^' || unspaced)
			) AS made(lexeme)
			WHERE word <> '');
	END IF;
	RETURN array_to_tsvector(string_to_array(bucket || replace(btrim(plain), ' ', ' ' || bucket), ' '));
END $$;
--> statement-breakpoint
-- What a person is found by. A telephone number also as one word, and by its last digits, without the codes before them.
CREATE FUNCTION "search_person"(name text, email text, phone text, identifier text, identities jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT name || coalesce(' ' || email, '') || coalesce(' ' || identifier, '')
		|| coalesce(' ' || phone || ' ' || regexp_replace(phone, '[^0-9]', '', 'g') || ' ' || right(regexp_replace(phone, '[^0-9]', '', 'g'), 7), '')
		|| ' ' || jsonb_path_query_array(identities, '$[*].value')::text
$$;
--> statement-breakpoint
CREATE TABLE "search_terms" (
	"workspace_id" uuid NOT NULL,
	"word" text NOT NULL
);
--> statement-breakpoint
DROP INDEX "messages_words";--> statement-breakpoint
CREATE INDEX "search_terms_by_word" ON "search_terms" USING btree ("workspace_id","word");--> statement-breakpoint
CREATE INDEX "search_terms_similar" ON "search_terms" USING gin ("word" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "actors_search" ON "actors" USING gin (search_words("workspace_id", to_timestamp(0), search_person("display_name", "email", "phone", "identifier", "identities"))) WITH (fastupdate=false);--> statement-breakpoint
CREATE INDEX "messages_search" ON "messages" USING gin (search_words("workspace_id", "at", coalesce("subject" || ' ', '') || "body_text")) WITH (gin_pending_list_limit=256);--> statement-breakpoint
CREATE INDEX "tickets_search" ON "tickets" USING gin (search_words("workspace_id", "created_at", "number" || ' ' || "subject")) WITH (fastupdate=false);
--> statement-breakpoint
-- by hand
-- Words are found, never estimated by their frequency; gathering it took half of an ANALYZE.
ALTER INDEX "messages_search" ALTER COLUMN 1 SET STATISTICS 0;
--> statement-breakpoint
ALTER INDEX "tickets_search" ALTER COLUMN 1 SET STATISTICS 0;
--> statement-breakpoint
ALTER INDEX "actors_search" ALTER COLUMN 1 SET STATISTICS 0;
--> statement-breakpoint
CREATE FUNCTION "search_terms_of"(given text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT DISTINCT word FROM string_to_table(public.search_plain(given), ' ') AS word
	WHERE length(word) BETWEEN 3 AND 40 AND word !~ '[0-9\u0e00-\u0eff\u2e80-\u2fff\u3005-\u9fff\uf900-\ufaff]'
$$;
--> statement-breakpoint
CREATE FUNCTION "search_terms_add"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	given text;
BEGIN
	IF TG_TABLE_NAME = 'tickets' THEN given := NEW.subject; ELSE given := NEW.display_name; END IF;
	INSERT INTO "search_terms" ("workspace_id", "word")
	SELECT NEW."workspace_id", term FROM "search_terms_of"(given) AS term
	WHERE NOT EXISTS (SELECT FROM "search_terms" known WHERE known."workspace_id" = NEW."workspace_id" AND known."word" = term);
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "tickets_search_terms_inserted" AFTER INSERT ON "tickets" FOR EACH ROW EXECUTE FUNCTION "search_terms_add"();
--> statement-breakpoint
CREATE TRIGGER "tickets_search_terms_updated" AFTER UPDATE OF "subject" ON "tickets"
FOR EACH ROW WHEN (OLD."subject" IS DISTINCT FROM NEW."subject") EXECUTE FUNCTION "search_terms_add"();
--> statement-breakpoint
CREATE TRIGGER "actors_search_terms_inserted" AFTER INSERT ON "actors" FOR EACH ROW EXECUTE FUNCTION "search_terms_add"();
--> statement-breakpoint
CREATE TRIGGER "actors_search_terms_updated" AFTER UPDATE OF "display_name" ON "actors"
FOR EACH ROW WHEN (OLD."display_name" IS DISTINCT FROM NEW."display_name") EXECUTE FUNCTION "search_terms_add"();
--> statement-breakpoint
INSERT INTO "search_terms" ("workspace_id", "word")
SELECT "workspace_id", term FROM "tickets", "search_terms_of"("subject") AS term
UNION SELECT "workspace_id", term FROM "actors", "search_terms_of"("display_name") AS term;
--> statement-breakpoint
-- Words written much like one, most alike first. The default of 0.3 takes "jonh" and "john" for different words.
CREATE FUNCTION "search_similar"(workspace uuid, given text) RETURNS SETOF text LANGUAGE sql STABLE SET pg_trgm.similarity_threshold = 0.2 AS $$
	SELECT word FROM search_terms WHERE workspace_id = workspace AND word % given AND abs(length(word) - length(given)) <= 2
	GROUP BY word ORDER BY similarity(word, given) DESC, word LIMIT 30
$$;
