"""Darknet .cfg text -> its sections in order, each a kind and a table of options."""

from dataclasses import dataclass, field


@dataclass
class Section:
    kind: str
    options: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        return self.options.get(name, default)

    def integer(self, name: str, default: int) -> int:
        return int(self.options.get(name, default))

    def number(self, name: str, default: float) -> float:
        return float(self.options.get(name, default))

    def integers(self, name: str) -> list[int]:
        return [int(part) for part in self.options.get(name, "").split(",") if part.strip()]


def parse_cfg(text: str) -> tuple[Section, list[Section]]:
    """The [net] section and the layers after it, numbered from 0 as Darknet does."""
    sections: list[Section] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].split(";")[0].strip()
        if line.startswith("["):
            sections.append(Section(line.strip("[]")))
        elif line:
            name, equals, value = line.partition("=")
            if not equals or not sections:
                raise ValueError(f"expected name=value for line {number} of the cfg, received {line}")
            sections[-1].options[name.strip()] = value.strip()
    if not sections or sections[0].kind not in ("net", "network"):
        raise ValueError(f"expected [net] for the cfg's first section, received {sections[:1]}")
    return sections[0], sections[1:]
