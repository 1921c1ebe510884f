"""The one prepared morning: books, accounts and risks as known then, worked out once and kept."""
