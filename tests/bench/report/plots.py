"""The plots of report.py."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def time_by_batch(rows, path):
    networks = list(dict.fromkeys(row["architecture"] for row in rows))
    sides = list(dict.fromkeys(row["side"] for row in rows))
    figure, axes = plt.subplots(1, len(networks), figsize=(6 * len(networks), 4.5), squeeze=False)
    for axis, network in zip(axes[0], networks):
        own = [row for row in rows if row["architecture"] == network]
        batches = sorted({row["batch"] for row in own})
        width = 0.8 / len(sides)
        for i, side in enumerate(sides):
            heights = [next((row["ms_per_image"] for row in own
                             if row["side"] == side and row["batch"] == batch), 0)
                       for batch in batches]
            axis.bar([x + i * width for x in range(len(batches))], heights, width, label=side)
        axis.set_xticks([x + 0.4 - width / 2 for x in range(len(batches))],
                        [f"batch {batch}" for batch in batches])
        axis.set_title(network)
        axis.set_ylabel("ms an image")
    axes[0][-1].legend(fontsize="small")
    save(figure, path)


def throughput_by_latency(scenarios, path):
    """One line a side over rising concurrency; false where nothing was measured."""
    lines = {}
    for name in ("tensors", "photographs"):
        for row in scenarios.get(name, []):
            label = " ".join(filter(None, (name, row.get("size"), row["side"])))
            lines.setdefault(label, []).append(row)
    if not lines:
        return False
    figure, axis = plt.subplots(figsize=(8, 5))
    for label, rows in lines.items():
        rows.sort(key=lambda row: row["concurrency"])
        axis.plot([row["p50_ms"] for row in rows], [row["throughput"] for row in rows],
                  marker="o", label=label)
    axis.set(xscale="log", yscale="log", xlabel="median latency, ms",
             ylabel="answers a second", title="Rising concurrency, left to right")
    axis.legend(fontsize="small")
    save(figure, path)
    return True


def training(rows, path):
    """Photographs a second by phase, one panel a network."""
    networks = list(dict.fromkeys(row["architecture"] for row in rows))
    figure, axes = plt.subplots(len(networks), 1, figsize=(8, 4 * len(networks)), squeeze=False)
    for axis, network in zip(axes[:, 0], networks):
        own = [row for row in rows if row["architecture"] == network]
        labels = [f"phase {row['phase']}: {row['side']}" for row in own]
        bars = axis.barh(labels, [1000 / row["ms_per_image"] for row in own])
        axis.bar_label(bars, fmt="%.0f", padding=2)
        axis.invert_yaxis()
        axis.set(title=network, xlabel="photographs a second")
    save(figure, path)


def memory(rows, path):
    figure, axis = plt.subplots(figsize=(8, 4))
    axis.plot([row["classifications"] for row in rows], [row["rss_mib"] for row in rows])
    axis.set(xlabel="classifications", ylabel="resident MiB", ylim=(0, None))
    save(figure, path)


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
