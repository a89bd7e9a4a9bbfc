"""A stored column that one search box looks in: width, case, kana and name variants folded."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func
from django.utils.translation import gettext_lazy as _

from core.japanese import search_key


class SearchKeyField(models.TextField):
    """The folded words of the fields `sources`, written whenever the row is."""

    def __init__(self, *args: Any, sources: tuple[str, ...] = (), **kwargs: Any):
        self.sources = tuple(sources)
        kwargs |= {"editable": False, "blank": True, "default": ""}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Keep the sources for the migrations, which fill the column."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"sources": self.sources}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: FBT001
        """Fold the sources anew; a bar keeps words of two fields from meeting."""
        parts = [search_key(str(getattr(model_instance, name) or "")) for name in self.sources]
        key = "|".join(part for part in parts if part)
        setattr(model_instance, self.attname, key)
        return key


@SearchKeyField.register_lookup
class Has(models.Lookup):
    """`search_key__has="難民"`: by the bigram index, then checked; two characters are enough."""

    lookup_name = "has"

    def get_prep_lookup(self) -> str:
        """Fold what was typed as the column is."""
        return search_key(str(self.rhs))

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Return the condition; LIKE's own signs are taken as they stand, and come first: they cost less."""
        lhs, params = self.process_lhs(compiler, connection)
        key = str(self.rhs)
        like = key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        sql = f"({lhs} LIKE %s AND core_bigrams({lhs}) @> core_bigrams(%s))"
        return sql, [*params, f"%{like}%", *params, key]


def search_index(name: str) -> GinIndex:
    """Return the index that `has` uses; for each concrete model's Meta."""
    bigrams = Func(
        "search_key", function="core_bigrams", output_field=ArrayField(models.TextField())
    )
    return GinIndex(bigrams, name=name)


class Searched(models.Model):
    """Gives a model its search column and keeps it true where only some fields are saved."""

    search_key = SearchKeyField(_("search key"))

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """Write the key with the fields that it is made of."""
        sources = self._meta.get_field("search_key").sources  # type: ignore[union-attr]
        if update_fields is not None and set(update_fields) & set(sources):
            update_fields = {*update_fields, "search_key"}
        super().save(*args, update_fields=update_fields, **kwargs)
