"""A plan and its parts: courses, infusion days, activities, and the one walk over all dated items."""
