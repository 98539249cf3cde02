# Third-party libraries, all from Debian 12's packages (scripts/lib/needs.sh lists them).
find_package(Threads REQUIRED)

# Static archives: one file runs on any Linux. Sanitized builds link them too (there is no reason not to).
function(su_library target)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  foreach(name ${ARGN})
    find_library(${target}_${name} NAMES lib${name}.a REQUIRED)
    target_link_libraries(${target} INTERFACE ${${target}_${name}})
  endforeach()
endfunction()

su_library(su_yaml yaml-cpp)
su_library(su_zlib z)
su_library(su_nettle nettle)
# only the formats in use are registered, so libxml2 and friends stay out (DESIGN section 11)
su_library(su_archive archive zstd lz4 bz2 lzma z nettle acl b2)
# spdlog and fmt are only shared in Debian 12: used header-only
add_library(su_spdlog INTERFACE)
target_compile_definitions(su_spdlog INTERFACE SPDLOG_HEADER_ONLY SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY)
