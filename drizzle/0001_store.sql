CREATE TABLE "actors" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"type" text NOT NULL,
	"external_id" text NOT NULL,
	"display_name" text NOT NULL,
	"email" text,
	"phone" text,
	"avatar_url" text,
	"is_provisional" boolean DEFAULT false NOT NULL,
	"is_available" boolean,
	"is_active" boolean DEFAULT true NOT NULL,
	"role" text,
	"message_signature" text,
	"identifier" text,
	"is_blocked" boolean DEFAULT false NOT NULL,
	"is_online" boolean,
	"is_identity_verified" boolean,
	"language" text,
	"identities" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"custom_fields" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"last_activity_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"raw" json,
	"content_hash" text DEFAULT '' NOT NULL,
	CONSTRAINT "actors_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "actors_external" UNIQUE("workspace_id","backend_id","type","external_id"),
	CONSTRAINT "actors_type" CHECK ("actors"."type" in ('CONTACT', 'VISITOR', 'AGENT', 'CHATBOT', 'CHANNEL_ACCOUNT', 'SYSTEM', 'OUTREACH_CAMPAIGN'))
);
--> statement-breakpoint
CREATE TABLE "department_agents" (
	"workspace_id" uuid NOT NULL,
	"department_id" uuid NOT NULL,
	"agent_id" uuid NOT NULL,
	CONSTRAINT "department_agents_workspace_id_department_id_agent_id_pk" PRIMARY KEY("workspace_id","department_id","agent_id")
);
--> statement-breakpoint
CREATE TABLE "departments" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"name" text NOT NULL,
	"content_hash" text DEFAULT '' NOT NULL,
	CONSTRAINT "departments_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "departments_external" UNIQUE("workspace_id","backend_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "attachments" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"message_id" uuid,
	"draft_id" uuid,
	"external_id" text NOT NULL,
	"name" text NOT NULL,
	"content_type" text,
	"kind" text NOT NULL,
	"size_bytes" bigint,
	"status" text NOT NULL,
	"status_message" text,
	"vendor_url" text,
	"file_key" text,
	"is_inline" boolean DEFAULT false NOT NULL,
	"content_id" text,
	"created_at" timestamp (3) with time zone,
	"content_hash" text DEFAULT '' NOT NULL,
	CONSTRAINT "attachments_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "attachments_external" UNIQUE NULLS NOT DISTINCT("workspace_id","backend_id","message_id","draft_id","external_id"),
	CONSTRAINT "attachments_owner" CHECK (num_nonnulls("attachments"."message_id", "attachments"."draft_id") <= 1),
	CONSTRAINT "attachments_size" CHECK ("attachments"."size_bytes" >= 0),
	CONSTRAINT "attachments_kind" CHECK ("attachments"."kind" in ('FILE', 'IMAGE', 'AUDIO', 'VIDEO')),
	CONSTRAINT "attachments_status" CHECK ("attachments"."status" in ('UNKNOWN', 'UNAVAILABLE', 'OK', 'WARNING', 'ERROR'))
);
--> statement-breakpoint
CREATE TABLE "backend_syncs" (
	"workspace_id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"state" text DEFAULT 'NEVER' NOT NULL,
	"cursor" json,
	"round" text,
	"full_round" integer DEFAULT 0 NOT NULL,
	"progress_done" integer DEFAULT 0 NOT NULL,
	"progress_total" integer,
	"last_synced_at" timestamp (3) with time zone,
	"last_full_synced_at" timestamp (3) with time zone,
	"next_sync_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"freshness_seconds" integer DEFAULT 300 NOT NULL,
	"error" text,
	"failure_count" integer DEFAULT 0 NOT NULL,
	"misfit_count" integer DEFAULT 0 NOT NULL,
	"lease_owner" uuid,
	"lease_until" timestamp (3) with time zone,
	CONSTRAINT "backend_syncs_workspace_id_backend_id_pk" PRIMARY KEY("workspace_id","backend_id"),
	CONSTRAINT "backend_syncs_state" CHECK ("backend_syncs"."state" in ('NEVER', 'SYNCING', 'LIVE', 'PARTIAL', 'FAILED', 'PAUSED')),
	CONSTRAINT "backend_syncs_round" CHECK ("backend_syncs"."round" in ('FULL', 'INCREMENTAL'))
);
--> statement-breakpoint
CREATE TABLE "backends" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"vendor" text NOT NULL,
	"health" text DEFAULT 'OK' NOT NULL,
	"problem" jsonb,
	"is_connected" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "backends_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "backends_key" UNIQUE("workspace_id","key"),
	CONSTRAINT "backends_health" CHECK ("backends"."health" in ('OK', 'DEGRADED', 'UNREACHABLE', 'AUTH_FAILED', 'QUOTA_EXHAUSTED', 'PAUSED'))
);
--> statement-breakpoint
CREATE TABLE "misfits" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"external_id" text,
	"field" text,
	"problem" text NOT NULL,
	"raw" json,
	"fingerprint" text NOT NULL,
	"occurrences" integer DEFAULT 1 NOT NULL,
	"first_seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "misfits_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "misfits_fingerprint" UNIQUE("workspace_id","backend_id","fingerprint"),
	CONSTRAINT "misfits_kind" CHECK ("misfits"."kind" in ('parked', 'unmapped'))
);
--> statement-breakpoint
CREATE TABLE "changes" (
	"workspace_id" uuid NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "changes_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"ticket_id" uuid NOT NULL,
	"message_id" uuid,
	"kind" text NOT NULL,
	"changed_fields" text[] DEFAULT '{}' NOT NULL,
	"source" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "changes_workspace_id_position_pk" PRIMARY KEY("workspace_id","position"),
	CONSTRAINT "changes_kind" CHECK ("changes"."kind" in ('CREATED', 'UPDATED', 'DELETED')),
	CONSTRAINT "changes_source" CHECK ("changes"."source" in ('SYNC', 'COMMAND'))
);
--> statement-breakpoint
CREATE TABLE "channel_accounts" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"channel_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"name" text NOT NULL,
	"address" text,
	"content_hash" text DEFAULT '' NOT NULL,
	CONSTRAINT "channel_accounts_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "channel_accounts_external" UNIQUE("workspace_id","backend_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "channels" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"type" text NOT NULL,
	"name" text NOT NULL,
	"content_hash" text DEFAULT '' NOT NULL,
	CONSTRAINT "channels_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "channels_external" UNIQUE("workspace_id","backend_id","external_id"),
	CONSTRAINT "channels_type" CHECK ("channels"."type" in ('EMAIL', 'LIVE_CHAT', 'API', 'PORTAL', 'FACEBOOK', 'INSTAGRAM', 'WHATSAPP', 'TELEGRAM', 'LINE', 'TWITTER', 'SMS', 'VOICE', 'OTHER'))
);
--> statement-breakpoint
CREATE TABLE "conversations" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"uuid" text,
	"type" text NOT NULL,
	"status" text NOT NULL,
	"status_detail" jsonb NOT NULL,
	"channel_id" uuid,
	"channel_account_id" uuid,
	"contact_id" uuid,
	"assignee_id" uuid,
	"can_reply" boolean DEFAULT true NOT NULL,
	"is_muted" boolean DEFAULT false NOT NULL,
	"is_identity_verified" boolean,
	"snoozed_until" timestamp (3) with time zone,
	"priority" text,
	"unread_count" integer DEFAULT 0 NOT NULL,
	"message_count" integer DEFAULT 0 NOT NULL,
	"agent_last_seen_at" timestamp (3) with time zone,
	"assignee_last_seen_at" timestamp (3) with time zone,
	"contact_last_seen_at" timestamp (3) with time zone,
	"first_replied_at" timestamp (3) with time zone,
	"waiting_since" timestamp (3) with time zone,
	"last_activity_at" timestamp (3) with time zone NOT NULL,
	"custom_fields" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"additional_attributes" jsonb,
	"sla" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"content_hash" text NOT NULL,
	"raw" json,
	CONSTRAINT "conversations_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "conversations_external" UNIQUE("workspace_id","backend_id","external_id","ticket_id"),
	CONSTRAINT "conversations_type" CHECK ("conversations"."type" in ('UNKNOWN', 'REPLY_INBOUND', 'NOTE_PRIVATE', 'NOTE_PUBLIC', 'FORWARD', 'REPLY_OUTBOUND', 'SUGGESTED_REPLY')),
	CONSTRAINT "conversations_status" CHECK ("conversations"."status" in ('NEW', 'PENDING_INTERNAL', 'PENDING_EXTERNAL', 'ON_HOLD', 'RESOLVED', 'UNKNOWN')),
	CONSTRAINT "conversations_priority" CHECK ("conversations"."priority" in ('URGENT', 'HIGH', 'NORMAL', 'LOW'))
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "deliveries_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"operation" text NOT NULL,
	"input" jsonb NOT NULL,
	"state" text DEFAULT 'QUEUED' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"error" text,
	"lease_owner" uuid,
	"lease_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "deliveries_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "deliveries_state" CHECK ("deliveries"."state" in ('QUEUED', 'SENDING', 'SETTLED', 'REFUSED', 'UNCERTAIN', 'DISCARDED'))
);
--> statement-breakpoint
CREATE TABLE "drafts" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"type" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"subject" text,
	"content_type" text NOT NULL,
	"body_text" text DEFAULT '' NOT NULL,
	"body_html" text,
	"body_html_clean" text,
	"cleaned_by" integer,
	"addresses" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"quoted_text" text,
	"has_unreceived_attachment" boolean DEFAULT false NOT NULL,
	"metadata" jsonb,
	"updated_by_id" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"content_hash" text NOT NULL,
	"raw" json,
	CONSTRAINT "drafts_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "drafts_external" UNIQUE("workspace_id","backend_id","external_id"),
	CONSTRAINT "drafts_type" CHECK ("drafts"."type" in ('UNKNOWN', 'REPLY_INBOUND', 'NOTE_PRIVATE', 'NOTE_PUBLIC', 'FORWARD', 'REPLY_OUTBOUND', 'SUGGESTED_REPLY')),
	CONSTRAINT "drafts_content_type" CHECK ("drafts"."content_type" in ('TEXT', 'HTML', 'MARKDOWN', 'EDITORJS', 'VIDEO', 'AUDIO', 'IMAGE', 'FILE', 'LOCATION', 'QUICK_REPLY', 'WEB_VIEW', 'CARD', 'FORM', 'INPUT', 'ARTICLE', 'EMAIL', 'UNKNOWN'))
);
--> statement-breakpoint
CREATE TABLE "mentions" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"agent_id" uuid NOT NULL,
	"mentioned_by_id" uuid,
	"is_read" boolean NOT NULL,
	"read_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"content_hash" text NOT NULL,
	CONSTRAINT "mentions_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "mentions_external" UNIQUE("workspace_id","backend_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "email_addresses" (
	"workspace_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"direction" text NOT NULL,
	"email" text NOT NULL,
	"name" text,
	CONSTRAINT "email_addresses_workspace_id_message_id_position_pk" PRIMARY KEY("workspace_id","message_id","position"),
	CONSTRAINT "email_addresses_direction" CHECK ("email_addresses"."direction" in ('UNKNOWN', 'FROM', 'TO', 'CC', 'BCC', 'FORWARDED_TO', 'RESENT_FROM', 'REPLY_TO'))
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"sequence" bigint NOT NULL,
	"source_id" text,
	"client_message_id" text,
	"type" text NOT NULL,
	"direction" text NOT NULL,
	"content_type" text NOT NULL,
	"subject" text,
	"sender_id" uuid,
	"sender_name" text,
	"parent_external_id" text,
	"previous_external_id" text,
	"is_internal" boolean NOT NULL,
	"is_read" boolean DEFAULT true NOT NULL,
	"is_spam" boolean DEFAULT false NOT NULL,
	"is_edited" boolean DEFAULT false NOT NULL,
	"is_deleted" boolean DEFAULT false NOT NULL,
	"show_inline_images" boolean DEFAULT true NOT NULL,
	"show_in_correspondence" boolean DEFAULT true NOT NULL,
	"is_original_sent_to_contact" boolean,
	"status_detail" jsonb,
	"priority" text,
	"extracted_text" text,
	"delivery" jsonb,
	"translations" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"channel_id" uuid,
	"channel_account_id" uuid,
	"sentiment" jsonb,
	"content_attributes" jsonb,
	"metadata" jsonb,
	"at" timestamp (3) with time zone NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"received_at" timestamp (3) with time zone,
	"read_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"created_by_id" uuid,
	"updated_by_id" uuid,
	"attachment_count" integer DEFAULT 0 NOT NULL,
	"preview" text DEFAULT '' NOT NULL,
	"read_minutes" integer DEFAULT 0 NOT NULL,
	"body_text" text DEFAULT '' NOT NULL,
	"body_html" text,
	"body_html_clean" text,
	"cleaned_by" integer,
	"quoted_text" text,
	"body_markdown" text,
	"body_editorjs" json,
	"body_parts" json,
	"content_hash" text NOT NULL,
	"raw" json,
	CONSTRAINT "messages_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "messages_external" UNIQUE("workspace_id","backend_id","external_id"),
	CONSTRAINT "messages_type" CHECK ("messages"."type" in ('UNKNOWN', 'REPLY_INBOUND', 'NOTE_PRIVATE', 'NOTE_PUBLIC', 'FORWARD', 'REPLY_OUTBOUND', 'SUGGESTED_REPLY')),
	CONSTRAINT "messages_direction" CHECK ("messages"."direction" in ('INBOUND', 'OUTBOUND', 'INTERNAL', 'SYSTEM')),
	CONSTRAINT "messages_content_type" CHECK ("messages"."content_type" in ('TEXT', 'HTML', 'MARKDOWN', 'EDITORJS', 'VIDEO', 'AUDIO', 'IMAGE', 'FILE', 'LOCATION', 'QUICK_REPLY', 'WEB_VIEW', 'CARD', 'FORM', 'INPUT', 'ARTICLE', 'EMAIL', 'UNKNOWN')),
	CONSTRAINT "messages_priority" CHECK ("messages"."priority" in ('URGENT', 'HIGH', 'NORMAL', 'LOW'))
);
--> statement-breakpoint
CREATE TABLE "tags" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid,
	"external_id" text,
	"name" text NOT NULL,
	"color" text,
	"created_at" timestamp (3) with time zone,
	"content_hash" text DEFAULT '' NOT NULL,
	CONSTRAINT "tags_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "tags_external" UNIQUE("workspace_id","backend_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "ticket_events" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"kind" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"actor_id" uuid,
	"label" text NOT NULL,
	"detail" json,
	"content_hash" text DEFAULT '' NOT NULL,
	CONSTRAINT "ticket_events_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "ticket_events_external" UNIQUE("workspace_id","backend_id","ticket_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "ticket_tags" (
	"workspace_id" uuid NOT NULL,
	"ticket_id" uuid NOT NULL,
	"tag_id" uuid NOT NULL,
	CONSTRAINT "ticket_tags_workspace_id_ticket_id_tag_id_pk" PRIMARY KEY("workspace_id","ticket_id","tag_id")
);
--> statement-breakpoint
CREATE TABLE "tickets" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"number" text NOT NULL,
	"url" text,
	"subject" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"status" text NOT NULL,
	"status_detail" jsonb NOT NULL,
	"priority" text,
	"priority_detail" jsonb,
	"category" text,
	"snoozed_until" timestamp (3) with time zone,
	"requester_id" uuid,
	"assignee_id" uuid,
	"department_id" uuid,
	"created_by_id" uuid,
	"last_replied_by_id" uuid,
	"resolved_by_id" uuid,
	"channel_id" uuid,
	"channel_account_id" uuid,
	"last_message_channel_id" uuid,
	"last_message_channel_account_id" uuid,
	"original_conversation_id" text,
	"read_state_source" text NOT NULL,
	"is_read_by_agent" boolean NOT NULL,
	"is_read_by_contact" boolean NOT NULL,
	"unread_message_count" integer DEFAULT 0 NOT NULL,
	"has_draft" boolean DEFAULT false NOT NULL,
	"is_recycled" boolean DEFAULT false NOT NULL,
	"recycled_at" timestamp (3) with time zone,
	"is_spam" boolean DEFAULT false NOT NULL,
	"merged_into_external_id" text,
	"merged_into_id" uuid,
	"custom_fields" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"contact_language" text,
	"agent_language" text,
	"is_auto_translation_on" boolean DEFAULT false NOT NULL,
	"replying_agent_mode" text,
	"message_count" integer DEFAULT 0 NOT NULL,
	"attachment_count" integer DEFAULT 0 NOT NULL,
	"preview" text,
	"response_count" integer DEFAULT 0 NOT NULL,
	"response_time_seconds" integer,
	"first_response_time_seconds" integer,
	"resolution_time_seconds" integer,
	"sla_state" text DEFAULT 'NONE' NOT NULL,
	"sla" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"last_activity_at" timestamp (3) with time zone NOT NULL,
	"last_replied_at" timestamp (3) with time zone,
	"last_status_changed_at" timestamp (3) with time zone,
	"first_replied_at" timestamp (3) with time zone,
	"waiting_since" timestamp (3) with time zone,
	"resolved_at" timestamp (3) with time zone,
	"reopened_at" timestamp (3) with time zone,
	"vendor_updated_at" timestamp (3) with time zone,
	"fetched_at" timestamp (3) with time zone NOT NULL,
	"seen_in_round" integer DEFAULT 0 NOT NULL,
	"vanished_at" timestamp (3) with time zone,
	"content_hash" text NOT NULL,
	"raw" json,
	CONSTRAINT "tickets_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "tickets_external" UNIQUE("workspace_id","backend_id","external_id"),
	CONSTRAINT "tickets_status" CHECK ("tickets"."status" in ('NEW', 'PENDING_INTERNAL', 'PENDING_EXTERNAL', 'ON_HOLD', 'RESOLVED', 'UNKNOWN')),
	CONSTRAINT "tickets_priority" CHECK ("tickets"."priority" in ('URGENT', 'HIGH', 'NORMAL', 'LOW')),
	CONSTRAINT "tickets_replying_agent_mode" CHECK ("tickets"."replying_agent_mode" in ('NO_REPLY', 'AGENT_ONLY', 'BOT_ONLY', 'AGENT_AND_BOT')),
	CONSTRAINT "tickets_sla_state" CHECK ("tickets"."sla_state" in ('NONE', 'OK', 'DUE_SOON', 'BREACHED', 'ACHIEVED')),
	CONSTRAINT "tickets_read_state_source" CHECK ("tickets"."read_state_source" in ('VENDOR', 'GATEWAY')),
	CONSTRAINT "tickets_not_merged_into_itself" CHECK ("tickets"."merged_into_id" <> "tickets"."id"),
	CONSTRAINT "tickets_counts" CHECK ("tickets"."message_count" >= 0 and "tickets"."attachment_count" >= 0 and "tickets"."unread_message_count" >= 0)
);
--> statement-breakpoint
CREATE TABLE "views" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid,
	"external_id" text,
	"name" text NOT NULL,
	"is_shared" boolean DEFAULT true NOT NULL,
	"position" integer DEFAULT 0 NOT NULL,
	"condition" jsonb,
	"created_at" timestamp (3) with time zone,
	"content_hash" text DEFAULT '' NOT NULL,
	CONSTRAINT "views_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "views_external" UNIQUE("workspace_id","backend_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"default_locale" text DEFAULT 'en' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "workspaces_key_unique" UNIQUE("key")
);
--> statement-breakpoint
ALTER TABLE "actors" ADD CONSTRAINT "actors_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "department_agents" ADD CONSTRAINT "department_agents_department" FOREIGN KEY ("workspace_id","department_id") REFERENCES "public"."departments"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "department_agents" ADD CONSTRAINT "department_agents_agent" FOREIGN KEY ("workspace_id","agent_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "departments" ADD CONSTRAINT "departments_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_message" FOREIGN KEY ("workspace_id","message_id") REFERENCES "public"."messages"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_draft" FOREIGN KEY ("workspace_id","draft_id") REFERENCES "public"."drafts"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backend_syncs" ADD CONSTRAINT "backend_syncs_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backends" ADD CONSTRAINT "backends_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "misfits" ADD CONSTRAINT "misfits_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "changes" ADD CONSTRAINT "changes_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "channel_accounts" ADD CONSTRAINT "channel_accounts_channel" FOREIGN KEY ("workspace_id","channel_id") REFERENCES "public"."channels"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "channels" ADD CONSTRAINT "channels_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_channel" FOREIGN KEY ("workspace_id","channel_id") REFERENCES "public"."channels"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_channel_account" FOREIGN KEY ("workspace_id","channel_account_id") REFERENCES "public"."channel_accounts"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_contact" FOREIGN KEY ("workspace_id","contact_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_assignee" FOREIGN KEY ("workspace_id","assignee_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drafts" ADD CONSTRAINT "drafts_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drafts" ADD CONSTRAINT "drafts_updated_by" FOREIGN KEY ("workspace_id","updated_by_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mentions" ADD CONSTRAINT "mentions_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mentions" ADD CONSTRAINT "mentions_message" FOREIGN KEY ("workspace_id","message_id") REFERENCES "public"."messages"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mentions" ADD CONSTRAINT "mentions_agent" FOREIGN KEY ("workspace_id","agent_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mentions" ADD CONSTRAINT "mentions_mentioned_by" FOREIGN KEY ("workspace_id","mentioned_by_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "email_addresses" ADD CONSTRAINT "email_addresses_message" FOREIGN KEY ("workspace_id","message_id") REFERENCES "public"."messages"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_conversation" FOREIGN KEY ("workspace_id","conversation_id") REFERENCES "public"."conversations"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_sender" FOREIGN KEY ("workspace_id","sender_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_created_by" FOREIGN KEY ("workspace_id","created_by_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_updated_by" FOREIGN KEY ("workspace_id","updated_by_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_channel" FOREIGN KEY ("workspace_id","channel_id") REFERENCES "public"."channels"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_channel_account" FOREIGN KEY ("workspace_id","channel_account_id") REFERENCES "public"."channel_accounts"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tags" ADD CONSTRAINT "tags_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_events" ADD CONSTRAINT "ticket_events_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_events" ADD CONSTRAINT "ticket_events_actor" FOREIGN KEY ("workspace_id","actor_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_tags" ADD CONSTRAINT "ticket_tags_ticket" FOREIGN KEY ("workspace_id","ticket_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket_tags" ADD CONSTRAINT "ticket_tags_tag" FOREIGN KEY ("workspace_id","tag_id") REFERENCES "public"."tags"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_requester" FOREIGN KEY ("workspace_id","requester_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_assignee" FOREIGN KEY ("workspace_id","assignee_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_created_by" FOREIGN KEY ("workspace_id","created_by_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_last_replied_by" FOREIGN KEY ("workspace_id","last_replied_by_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_resolved_by" FOREIGN KEY ("workspace_id","resolved_by_id") REFERENCES "public"."actors"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_department" FOREIGN KEY ("workspace_id","department_id") REFERENCES "public"."departments"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_channel" FOREIGN KEY ("workspace_id","channel_id") REFERENCES "public"."channels"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_last_message_channel" FOREIGN KEY ("workspace_id","last_message_channel_id") REFERENCES "public"."channels"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_channel_account" FOREIGN KEY ("workspace_id","channel_account_id") REFERENCES "public"."channel_accounts"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_last_message_channel_account" FOREIGN KEY ("workspace_id","last_message_channel_account_id") REFERENCES "public"."channel_accounts"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_merged_into" FOREIGN KEY ("workspace_id","merged_into_id") REFERENCES "public"."tickets"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "views" ADD CONSTRAINT "views_backend" FOREIGN KEY ("workspace_id","backend_id") REFERENCES "public"."backends"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "actors_email" ON "actors" USING btree ("workspace_id",lower("email"));--> statement-breakpoint
CREATE INDEX "actors_identifier" ON "actors" USING btree ("workspace_id","identifier");--> statement-breakpoint
CREATE INDEX "actors_phone" ON "actors" USING btree ("workspace_id","phone");--> statement-breakpoint
CREATE INDEX "actors_by_name" ON "actors" USING btree ("workspace_id","type","display_name","id");--> statement-breakpoint
CREATE INDEX "actors_name_words" ON "actors" USING gin ("display_name" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "department_agents_by_agent" ON "department_agents" USING btree ("workspace_id","agent_id");--> statement-breakpoint
CREATE INDEX "attachments_of_message" ON "attachments" USING btree ("workspace_id","message_id");--> statement-breakpoint
CREATE INDEX "attachments_of_draft" ON "attachments" USING btree ("workspace_id","draft_id") WHERE "attachments"."draft_id" is not null;--> statement-breakpoint
CREATE INDEX "attachments_of_ticket" ON "attachments" USING btree ("workspace_id","ticket_id");--> statement-breakpoint
CREATE INDEX "backend_syncs_due" ON "backend_syncs" USING btree ("next_sync_at");--> statement-breakpoint
CREATE INDEX "misfits_newest" ON "misfits" USING btree ("workspace_id","backend_id","last_seen_at");--> statement-breakpoint
CREATE INDEX "changes_of_ticket" ON "changes" USING btree ("workspace_id","ticket_id","position");--> statement-breakpoint
CREATE INDEX "conversations_of_ticket" ON "conversations" USING btree ("workspace_id","ticket_id","created_at","id");--> statement-breakpoint
CREATE INDEX "conversations_uuid" ON "conversations" USING btree ("workspace_id","uuid");--> statement-breakpoint
CREATE INDEX "deliveries_pending" ON "deliveries" USING btree ("workspace_id","ticket_id","position") WHERE "deliveries"."state" in ('QUEUED', 'SENDING', 'UNCERTAIN');--> statement-breakpoint
CREATE INDEX "deliveries_pending_of_backend" ON "deliveries" USING btree ("workspace_id","backend_id") WHERE "deliveries"."state" in ('QUEUED', 'SENDING', 'UNCERTAIN');--> statement-breakpoint
CREATE INDEX "drafts_of_ticket" ON "drafts" USING btree ("workspace_id","ticket_id","updated_at");--> statement-breakpoint
CREATE INDEX "mentions_of_ticket" ON "mentions" USING btree ("workspace_id","ticket_id");--> statement-breakpoint
CREATE INDEX "mentions_of_message" ON "mentions" USING btree ("workspace_id","message_id");--> statement-breakpoint
CREATE INDEX "mentions_unread" ON "mentions" USING btree ("workspace_id","agent_id","created_at") WHERE not "mentions"."is_read";--> statement-breakpoint
CREATE INDEX "messages_of_ticket" ON "messages" USING btree ("workspace_id","ticket_id","at","sequence","id");--> statement-breakpoint
CREATE INDEX "messages_of_conversation" ON "messages" USING btree ("workspace_id","conversation_id","at","sequence","id");--> statement-breakpoint
CREATE INDEX "messages_words" ON "messages" USING gin (to_tsvector('simple', left("body_text", 20000)));--> statement-breakpoint
CREATE INDEX "tags_by_name" ON "tags" USING btree ("workspace_id","name","id");--> statement-breakpoint
CREATE INDEX "ticket_events_in_order" ON "ticket_events" USING btree ("workspace_id","ticket_id","at","id");--> statement-breakpoint
CREATE INDEX "ticket_tags_by_tag" ON "ticket_tags" USING btree ("workspace_id","tag_id","ticket_id");--> statement-breakpoint
CREATE INDEX "tickets_by_activity" ON "tickets" USING btree ("workspace_id","last_activity_at","id");--> statement-breakpoint
CREATE INDEX "tickets_by_update" ON "tickets" USING btree ("workspace_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "tickets_by_creation" ON "tickets" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "tickets_by_status" ON "tickets" USING btree ("workspace_id","status","updated_at","id");--> statement-breakpoint
CREATE INDEX "tickets_by_status_activity" ON "tickets" USING btree ("workspace_id","status","last_activity_at","id");--> statement-breakpoint
CREATE INDEX "tickets_by_waiting" ON "tickets" USING btree ("workspace_id","waiting_since","id");--> statement-breakpoint
CREATE INDEX "tickets_by_number" ON "tickets" USING btree ("workspace_id","number");--> statement-breakpoint
CREATE INDEX "tickets_of_requester" ON "tickets" USING btree ("workspace_id","requester_id","last_activity_at","id");--> statement-breakpoint
CREATE INDEX "tickets_of_assignee" ON "tickets" USING btree ("workspace_id","assignee_id","last_activity_at","id");--> statement-breakpoint
CREATE INDEX "tickets_of_backend" ON "tickets" USING btree ("workspace_id","backend_id","seen_in_round");--> statement-breakpoint
CREATE INDEX "tickets_merged" ON "tickets" USING btree ("workspace_id","merged_into_id") WHERE "tickets"."merged_into_id" is not null;--> statement-breakpoint
CREATE INDEX "tickets_awaiting_merge_target" ON "tickets" USING btree ("workspace_id","backend_id","merged_into_external_id") WHERE "tickets"."merged_into_external_id" is not null and "tickets"."merged_into_id" is null;--> statement-breakpoint
CREATE INDEX "tickets_original_conversation" ON "tickets" USING btree ("workspace_id","backend_id","original_conversation_id") WHERE "tickets"."original_conversation_id" is not null;--> statement-breakpoint
CREATE INDEX "tickets_subject_words" ON "tickets" USING gin ("subject" gin_trgm_ops);