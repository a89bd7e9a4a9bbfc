"""Versions stay as they were: rules are insert-only, a published form takes no change."""

from django.db import migrations

FREEZE = """
CREATE FUNCTION programs_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is insert-only: save a new version instead', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER programs_ruleset_frozen BEFORE UPDATE OR DELETE ON programs_ruleset
    FOR EACH ROW EXECUTE FUNCTION programs_refuse_change();
CREATE TRIGGER programs_formversion_frozen BEFORE UPDATE OR DELETE ON programs_formversion
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION programs_refuse_change();

CREATE FUNCTION programs_refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM programs_formversion
        WHERE published_at IS NOT NULL AND id IN (NEW.version_id, OLD.version_id)
    ) THEN
        RAISE EXCEPTION 'a published form version is never changed: make a new version'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER programs_question_frozen BEFORE INSERT OR UPDATE OR DELETE ON programs_question
    FOR EACH ROW EXECUTE FUNCTION programs_refuse_published();
"""

THAW = """
DROP TRIGGER programs_question_frozen ON programs_question;
DROP FUNCTION programs_refuse_published();
DROP TRIGGER programs_formversion_frozen ON programs_formversion;
DROP TRIGGER programs_ruleset_frozen ON programs_ruleset;
DROP FUNCTION programs_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_initial")]

    operations = [migrations.RunSQL(FREEZE, THAW)]
