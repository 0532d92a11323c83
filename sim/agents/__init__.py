"""Who acts: defenders, liberators, coalition assets and households."""
