"""Commands on models: trained, judged, promoted, watched."""
